#!/usr/bin/env bash
# Everything: lint, unit tests with the race detector, a moment of fuzzing, and
# the real binary against real clients. Installs what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in go node npm; do
  command -v "$tool" >/dev/null || { echo "make test needs $tool on the PATH" >&2; exit 1; }
done
step() { echo; echo "== $* ($(date +%T))"; }
# The race detector is linked by a C compiler.
if ! command -v "$(go env CC)" >/dev/null; then
  step C compiler
  root=()
  [[ $(id -u) == 0 ]] || root=(sudo -n)
  { "${root[@]}" apt-get update -q && "${root[@]}" apt-get install -qy --no-install-recommends gcc libc6-dev; } ||
    { echo "make test needs a C compiler: apt-get install gcc libc6-dev" >&2; exit 1; }
fi
step npm packages
(cd e2e && npm ci --no-audit --no-fund --loglevel=error)
step lint
scripts/lint.sh
step build
scripts/build.sh
step unit tests
go test -race ./...
step fuzz
scripts/fuzz.sh 2000x
step end to end
(cd e2e && go test -count=1 -timeout 20m ./...)
