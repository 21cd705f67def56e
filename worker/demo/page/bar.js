// What is said above everything else, and the panels that fold on a narrow screen.

const noticeTime = 7_000; // ms

const $ = (id) => document.getElementById(id);

/** status is one word on the connection: name is connecting, online, offline or missing. */
export function status(name, text) {
  document.querySelector(".status").dataset.state = name;
  $("status").textContent = text;
}

/** banner stays until it is called again. */
export function banner(...content) {
  $("banner").replaceChildren(...content);
  $("banner").hidden = content.length === 0;
}

let noticeTimer;

/** notice goes away by itself. */
export function notice(text, bad) {
  $("notice").textContent = text;
  $("notice").classList.toggle("bad", Boolean(bad));
  $("notice").classList.add("on");
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => $("notice").classList.remove("on"), noticeTime);
}

const folds = [...document.querySelectorAll(".fold")];

/** fold opens the panel of that button, or closes it, and closes the others. */
export function fold(open) {
  for (const b of folds) {
    const on = b === open && b.getAttribute("aria-expanded") !== "true";
    b.setAttribute("aria-expanded", String(on));
    $(b.getAttribute("aria-controls")).classList.toggle("open", on);
  }
}

for (const b of folds) b.addEventListener("click", () => fold(b));

// What was at the end stays there when the keyboard or a panel opens.
let height = 0;
new ResizeObserver(() => {
  const e = $("scroll");
  if (e.scrollHeight - e.scrollTop - height < 80) e.scrollTop = e.scrollHeight;
  height = e.clientHeight;
}).observe($("scroll"));
