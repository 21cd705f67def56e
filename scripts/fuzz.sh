#!/usr/bin/env bash
# Runs every fuzz target for a moment: scripts/fuzz.sh [TIME|COUNTx], 5000 inputs each unless said.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-5000x}
for package in $(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...); do
  for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
    echo "fuzz $package $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" >/tmp/fuzz.$$ 2>&1 || { cat /tmp/fuzz.$$; rm -f /tmp/fuzz.$$; exit 1; }
  done
done
rm -f /tmp/fuzz.$$
