#!/usr/bin/env bash
# Formatting, vet, staticcheck and the import rules, over both modules.
set -euo pipefail
cd "$(dirname "$0")/.."
staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2
unformatted=$(git ls-files '*.go' | xargs gofmt -l)
if [[ -n $unformatted ]]; then
  echo "not gofmt'ed:" $unformatted >&2
  exit 1
fi
for module in . e2e; do
  (cd "$module" && go vet ./... && go run "$staticcheck" ./...)
done
scripts/imports.sh
