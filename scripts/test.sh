#!/usr/bin/env bash
# Everything: lint, unit tests with the race detector, a moment of fuzzing, and
# the real binary against real clients. Installs what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in go node npm; do
  command -v "$tool" >/dev/null || { echo "make test needs $tool on the PATH" >&2; exit 1; }
done
step() { echo; echo "== $* ($(date +%T))"; }
# What the tests run beside Go and Node.js: a command, and the Debian package that
# brings it. The race detector is linked by a C compiler.
packages=(
  "$(go env CC) gcc"
  "$(go env CC) libc6-dev"
  "chromium chromium"
  "systemd-analyze systemd"
  "strace strace"
  "zsh zsh"
  "fish fish"
  "mandoc mandoc"
  "shellcheck shellcheck"
)
missing=()
for package in "${packages[@]}"; do
  command -v "${package% *}" >/dev/null || missing+=("${package#* }")
done
if ((${#missing[@]})); then
  step "Debian packages: ${missing[*]}"
  root=()
  [[ $(id -u) == 0 ]] || root=(sudo -n)
  { "${root[@]}" apt-get update -q && "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends "${missing[@]}"; } ||
    { echo "make test needs: apt-get install ${missing[*]}" >&2; exit 1; }
fi
step npm packages
(cd e2e && npm ci --no-audit --no-fund --loglevel=error)
step lint
scripts/lint.sh
step build
scripts/build.sh
step unit tests
go test -race ./...
step what the race detector changes: allocations, raw system calls
go test -run Alloc ./protocol/... ./worker/...
go test ./rawio/...
step fuzz
scripts/fuzz.sh 2000x
step end to end
(cd e2e && go test -count=1 -timeout 20m ./...)
