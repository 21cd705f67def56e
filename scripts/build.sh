#!/usr/bin/env bash
# Builds the static binary, with its version stamped in: scripts/build.sh
# [OUTPUT], bin/ioserver unless said.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo unknown)}
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X github.com/ioserver/ioserver/command.Version=$version" -o "${1:-bin/ioserver}" .
