#!/usr/bin/env bash
# Takes the builds of Socket.IO's browser client from npm into a folder that the
# binary embeds: scripts/client.sh. Quick when they are there already.
set -euo pipefail
cd "$(dirname "$0")/.."
version=4.8.4
integrity=sha512-7wjKAvVXYOJsbmUgkWbnhPD4bFpkqrUR0++XOjpGFmqDqsqV1CI93VTraeExLxpjxEqrWgFoSRZu1ihjLWfkAA==
into=worker/bundle/files/dist
there() { [[ $(cat "$into/version" 2>/dev/null) == "$version" ]]; }
there && exit
for tool in npm node tar; do
  command -v "$tool" >/dev/null || { echo "scripts/client.sh needs $tool on the PATH" >&2; exit 1; }
done

temporary=$(mktemp -d worker/bundle/.client.XXXXXX) # beside its place, so that a rename puts it there whole
trap 'rm -rf "$temporary"' EXIT
echo "browser client: taking socket.io-client $version from npm"
npm pack --silent --ignore-scripts --prefer-offline --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 \
  --pack-destination "$temporary" "socket.io-client@$version" >/dev/null ||
  { echo "scripts/client.sh: npm pack socket.io-client@$version failed" >&2; exit 1; }
node - "$temporary/socket.io-client-$version.tgz" "$integrity" <<'JS'
const [, , file, want] = process.argv;
const got = "sha512-" + require("crypto").createHash("sha512").update(require("fs").readFileSync(file)).digest("base64");
if (got !== want) {
  console.error(`scripts/client.sh: ${file} is ${got}, not ${want}`);
  process.exit(1);
}
JS
mkdir "$temporary/dist"
builds=(socket.io.js socket.io.min.js socket.io.esm.min.js socket.io.msgpack.min.js)
members=(package/LICENSE)
for build in "${builds[@]}"; do members+=("package/dist/$build" "package/dist/$build.map"); done
tar -xzf "$temporary/socket.io-client-$version.tgz" -C "$temporary" "${members[@]}"
mv "$temporary/package/LICENSE" "$temporary"/package/dist/* "$temporary/dist"
# Compressed here, once, so that no worker spends time or memory on it.
node - "$temporary/dist" <<'JS'
const { readdirSync, readFileSync, writeFileSync } = require("fs");
const { brotliCompressSync, constants, gzipSync } = require("zlib");
const dir = process.argv[2] + "/";
for (const name of readdirSync(dir).filter((n) => /\.js(\.map)?$/.test(n))) {
  const body = readFileSync(dir + name);
  writeFileSync(dir + name + ".gz", gzipSync(body, { level: 9 }));
  writeFileSync(dir + name + ".br", brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }));
}
JS
echo "$version" >"$temporary/dist/version"
chmod -R a+rX "$temporary/dist"
[[ ! -e $into ]] || mv "$into" "$temporary/old"
# Somebody else may have put theirs there meanwhile.
mv -T "$temporary/dist" "$into" 2>/dev/null || there
