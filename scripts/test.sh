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
  "ip iproute2"
  "zsh zsh"
  "fish fish"
  "mandoc mandoc"
  "shellcheck shellcheck"
  "nginx nginx"
  "haproxy haproxy"
  "python3 python3"
  "curl curl"
)
missing=()
for package in "${packages[@]}"; do
  PATH=$PATH:/usr/sbin command -v "${package% *}" >/dev/null || missing+=("${package#* }")
done
if ((${#missing[@]})); then
  step "Debian packages: ${missing[*]}"
  root=()
  [[ $(id -u) == 0 ]] || root=(sudo -n)
  # Installed does not mean serving: nginx and haproxy are run by the tests, with
  # configurations of theirs. What Debian's packages ask before they start a
  # daemon says no meanwhile; where there is such a file, it is left alone.
  (
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
      trap '"${root[@]}" rm -f "$policy"' EXIT
      printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null && "${root[@]}" chmod 755 "$policy"
    fi
    "${root[@]}" apt-get update -q && "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends "${missing[@]}"
  ) || { echo "make test needs: apt-get install ${missing[*]}" >&2; exit 1; }
  for daemon in nginx haproxy; do # nor with the next boot
    if [[ " ${missing[*]} " == *" $daemon "* ]]; then "${root[@]}" systemctl --quiet disable "$daemon" || true; fi
  done
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
