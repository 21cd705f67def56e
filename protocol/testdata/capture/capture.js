// Writes what the reference implementations make of our inputs to ../*.json, for the Go tests to compare with.
// Run it again (npm install && npm run capture) when a version in package.json changes, and read the difference.
import { writeFileSync } from "node:fs";
import { engineio } from "./engineio.js";
import { socketio } from "./socketio.js";
import { websocket } from "./websocket.js";

for (const [name, capture] of Object.entries({ engineio, socketio, websocket })) {
  const sections = Object.entries(await capture()).map(
    ([section, rows]) => `${JSON.stringify(section)}: [\n${rows.map((row) => "  " + JSON.stringify(row)).join(",\n")}\n]`,
  );
  writeFileSync(new URL(`../${name}.json`, import.meta.url), `{\n${sections.join(",\n")}\n}\n`);
}
