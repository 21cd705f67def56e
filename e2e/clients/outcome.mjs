// What a driver tells its caller: named checks, each passed or failed, as one JSON document on stdout.

const results = [];

// check runs one named step with a deadline and records what became of it; it never throws.
export async function check(subject, name, step, deadline = 10_000) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${deadline} ms`)), deadline);
  });
  try {
    await Promise.race([step(), late]);
    results.push({ subject, name });
    return true;
  } catch (error) {
    results.push({ subject, name, error: String(error?.stack ?? error) });
    return false;
  } finally {
    clearTimeout(timer);
  }
}

// finish writes the outcome and ends the process, whatever timers and sockets are left.
export function finish(extra = {}) {
  process.stdout.write(JSON.stringify({ results, ...extra }), () => process.exit(0));
}

// input is the driver's argument: one JSON document.
export const input = () => JSON.parse(process.argv[2] ?? "{}");
