// Names and faces: an adjective and an animal, and a small drawing of it that is the same wherever the name is seen.

const adjectives = ["amber", "brave", "calm", "clever", "cosy", "curious", "dapper", "eager", "fuzzy", "gentle", "happy", "humble",
  "jolly", "keen", "kind", "lively", "lucky", "mellow", "merry", "nimble", "plucky", "quiet", "quick", "rosy", "sunny", "swift",
  "tidy", "velvet", "warm", "witty", "zesty"];

// Each animal has ears and a nose.
const animals = {
  badger: ["round", "long"], bear: ["round", "wide"], cat: ["pointed", "small"], deer: ["side", "long"], dingo: ["pointed", "long"],
  dormouse: ["large", "small"], fennec: ["tall", "small"], ferret: ["round", "small"], fox: ["pointed", "long"], hare: ["rabbit", "small"],
  hedgehog: ["spikes", "long"], koala: ["large", "wide"], lynx: ["tufted", "small"], marten: ["round", "small"], mole: ["none", "wide"],
  mouse: ["large", "small"], otter: ["low", "wide"], owl: ["tufted", "beak"], panda: ["round", "wide"], puffin: ["none", "beak"],
  rabbit: ["rabbit", "small"], robin: ["none", "beak"], seal: ["none", "wide"], squirrel: ["tufted", "small"], stoat: ["round", "small"],
  tapir: ["side", "long"], wombat: ["low", "wide"], wren: ["none", "beak"],
};

const pick = (list) => list[Math.floor(Math.random() * list.length)];

/** makeUp returns a name such as "nimble-otter". */
export const makeUp = () => `${pick(adjectives)}-${pick(Object.keys(animals))}`;

/** hash is a number that a text always has. */
export function hash(text) {
  let h = 2166136261;
  for (const c of text) h = Math.imul(h ^ c.codePointAt(0), 16777619);
  return (h ^ (h >>> 15)) >>> 0;
}

const SVG = "http://www.w3.org/2000/svg";

/** draw makes an SVG element with these attributes. */
export function draw(name, attributes = {}, ...children) {
  const e = document.createElementNS(SVG, name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  e.append(...children);
  return e;
}

const mirrored = (d, extra = {}) => [draw("path", { d, ...extra }), draw("path", { d, transform: "translate(40 0) scale(-1 1)", ...extra })];

const ears = {
  none: () => [],
  round: () => mirrored("M7 14a5 5 0 1 1 8-5z"),
  large: () => mirrored("M4 15a7 7 0 1 1 12-7z"),
  low: () => mirrored("M6 17a4 4 0 1 1 5-6z"),
  side: () => mirrored("M9 17C2 17 1 12 2 9c5 0 8 2 10 5z"),
  pointed: () => mirrored("M8 17 7 4l10 6z"),
  tall: () => mirrored("M8 18 4 1l13 10z"),
  tufted: () => mirrored("M8 16 6 2l5 4 6 5z"),
  rabbit: () => mirrored("M13 14C8 8 9 0 12 0s6 6 6 12z"),
  spikes: () => mirrored("M6 24 2 19l4-1-2-6 5 1V7l5 3 2-6 4 5v14z"),
};

const noses = {
  small: (ink) => [draw("path", { d: "M18 25h4l-2 2.400z", fill: ink })],
  wide: (ink) => [draw("ellipse", { cx: 20, cy: 26, rx: 3.4, ry: 2.2, fill: ink })],
  long: (ink, pale) => [draw("ellipse", { cx: 20, cy: 28, rx: 5.5, ry: 5, fill: pale }), draw("ellipse", { cx: 20, cy: 26, rx: 2.2, ry: 1.6, fill: ink })],
  beak: () => [draw("path", { d: "M16.500 24h7L20 30z", fill: "#f0a52c" })],
};

/** face draws who bears the name. */
export function face(name) {
  const h = hash(name);
  const kind = Object.keys(animals).find((a) => name.toLowerCase().includes(a)) ?? Object.keys(animals)[h % Object.keys(animals).length];
  const [ear, nose] = animals[kind];
  const hue = h % 360;
  const fur = `oklch(0.66 0.12 ${hue})`;
  const pale = `oklch(0.9 0.05 ${hue})`;
  const ink = `oklch(0.26 0.05 ${hue})`;
  const wide = (h >>> 9) % 3;
  return draw("svg", { viewBox: "0 0 40 40", class: "face", "aria-hidden": "true" },
    draw("rect", { width: 40, height: 40, rx: 13, fill: pale }),
    draw("g", { fill: fur, transform: "translate(0 3)" },
      ...ears[ear](),
      draw("ellipse", { cx: 20, cy: 21, rx: 12.5 + wide * 0.6, ry: 12 - wide * 0.5 }),
      draw("ellipse", { cx: 20, cy: 27, rx: 7, ry: 5.5, fill: pale, opacity: 0.75 }),
      draw("circle", { cx: 14.6 - wide * 0.4, cy: 20, r: 1.9, fill: ink }),
      draw("circle", { cx: 25.4 + wide * 0.4, cy: 20, r: 1.9, fill: ink }),
      draw("circle", { cx: 15.2 - wide * 0.4, cy: 19.4, r: 0.6, fill: "#fff" }),
      draw("circle", { cx: 26 + wide * 0.4, cy: 19.4, r: 0.6, fill: "#fff" }),
      ...noses[nose](ink, pale)));
}
