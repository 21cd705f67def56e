#!/usr/bin/env bash
# Checks that imports inside the module go one way, as scripts/imports.txt allows.
set -euo pipefail
cd "$(dirname "$0")/.."
module=$(go list -m)
go list -f '{{.ImportPath}}{{range .Imports}} {{.}}{{end}}' ./... |
awk -v module="$module" '
  function short(p) { return p == module ? "." : substr(p, length(module) + 2) }
  FNR == NR { if ($0 !~ /^#/ && NF) for (i = 2; i <= NF; i++) allowed[$1, $i] = 1; next }
  {
    for (i = 2; i <= NF; i++)
      if (index($i, module) == 1 && !((short($1), short($i)) in allowed)) {
        printf "%s must not import %s (scripts/imports.txt)\n", short($1), short($i)
        bad = 1
      }
  }
  END { exit bad }
' scripts/imports.txt -
