#!/usr/bin/env bash
# Measures ioserver on this machine, and Node.js beside it where it is there, and
# writes a report with plots: scripts/bench.sh [FLAGS]. --help lists the flags.
set -euo pipefail
cd "$(dirname "$0")/.."
node=scripts/bench/node
arguments=() build=yes
for a in "$@"; do
  case $a in
    --no-node | -no-node) node= ;;
    --docs | -docs) arguments+=(--docs docs) ;;
    --help | -help | -h) build='' node='' && arguments+=("$a") ;;
    *) arguments+=("$a") ;;
  esac
done
command -v go >/dev/null || { echo "scripts/bench.sh needs Go on the PATH" >&2; exit 1; }

# packages takes the application's from npm, unless those that it names are there.
packages() {
  local there=$node/node_modules/.package-lock.json
  [[ -e $there && ! $node/package-lock.json -nt $there ]] && return
  echo "taking Socket.IO for Node.js from npm, into $node/node_modules"
  npm ci --prefix "$node" --ignore-scripts --no-audit --no-fund --loglevel=error
}
if [[ $node ]]; then
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "no node and npm on the PATH: measuring ioserver alone"
    node=
  elif ! packages; then
    echo "npm could not install Socket.IO: measuring ioserver alone"
    node=
  fi
fi
if [[ $build ]]; then
  echo "building bin/ioserver"
  scripts/build.sh
fi
go build -o bin/bench ./scripts/bench
# As many files as this user may open; the servers that are started have it from here.
ulimit -Sn "$(ulimit -Hn)" || true
if [[ $node ]]; then arguments+=(--node "$node"); fi
exec bin/bench "${arguments[@]}"
