#!/usr/bin/env bash
# Builds the static binary, with its version stamped in: scripts/build.sh
# [OUTPUT], bin/ioserver unless said. With npm the browser client goes into it.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v npm >/dev/null; then
  [[ -d worker/bundle/files/dist ]] || echo "no npm on the PATH: building without the browser client (worker/bundle/files/README.md)"
elif ! scripts/client.sh; then
  echo "building without a new browser client (worker/bundle/files/README.md)"
fi
version=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo unknown)}
# The tag leaves out what package cli would make documents with: 0.4 MB of memory a process.
CGO_ENABLED=0 go build -tags urfave_cli_no_docs -trimpath -ldflags "-s -w -X github.com/ioserver/ioserver/command.Version=$version" -o "${1:-bin/ioserver}" .
