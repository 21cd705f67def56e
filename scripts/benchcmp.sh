#!/usr/bin/env bash
# Compares the Go benchmarks of two commits with benchstat; --help says how.
set -euo pipefail

usage() {
  cat <<'END'
scripts/benchcmp.sh [FLAGS] OLD [NEW] [-- PACKAGE...]

Compares the Go benchmarks of two commits: time, bytes and allocations, with
benchstat's judgement of what is chance. NEW is the working tree, as it is,
unless said.

  -c, --count N       runs of each benchmark, 6 unless said; benchstat wants
                      at least 6 to tell anything from chance
  -b, --bench REGEXP  which benchmarks, all unless said
  -t, --time TIME     how long each runs: 1s, 500ms, 1000x; 300ms unless said
  -k, --keep DIR      keep the raw output there, as old.txt and new.txt
  -h, --help          this

Packages, patterns as Go's, are the protocols, the loop, engineio, socketio and
the feed unless said. One that only one of the two commits has is left out.

The commits are checked out as git worktrees in a temporary directory, which is
removed at the end, however that comes. The tests of both are built first; then
old and new run by turns, so that what else the machine does meets both.

  scripts/benchcmp.sh HEAD~3
  scripts/benchcmp.sh -b Echo -c 10 main my-branch -- ./worker/socketio
END
}

benchstat=golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da
count=6 bench=. time=300ms keep=
commits=()
packages=()

fail() { echo "benchcmp: $*" >&2; exit 2; }

while (($#)); do
  case $1 in
    -h | --help) usage; exit 0 ;;
    -c | --count | -b | --bench | -t | --time | -k | --keep)
      (($# > 1)) || fail "$1 wants a value"
      case $1 in
        -c | --count) count=$2 ;;
        -b | --bench) bench=$2 ;;
        -t | --time) time=$2 ;;
        *) keep=$(realpath -m "$2") ;;
      esac
      shift 2 ;;
    --) shift; packages=("$@"); break ;;
    -*) fail "there is no flag $1 (--help)" ;;
    *) commits+=("$1"); shift ;;
  esac
done
((${#commits[@]} == 1 || ${#commits[@]} == 2)) || { usage >&2; exit 2; }
[[ $count =~ ^[1-9][0-9]*$ ]] || fail "--count wants a number, not $count"
((${#packages[@]})) || packages=(./protocol/... ./worker/loop ./worker/engineio ./worker/socketio ./broker/feed)

cd "$(dirname "$0")/.."
repository=$PWD
for c in "${commits[@]}"; do
  git rev-parse --quiet --verify "$c^{commit}" >/dev/null || fail "there is no commit $c"
done

temporary=$(mktemp -d)
clean() {
  for side in old new; do
    if [[ -e $temporary/$side.tree ]]; then
      git -C "$repository" worktree remove --force "$temporary/$side.tree" || true
    fi
  done
  rm -rf "$temporary"
}
trap clean EXIT
trap 'exit 130' INT TERM HUP

# checkout SIDE COMMIT
checkout() { git worktree add --quiet --detach "$temporary/$1.tree" "$2"; }

checkout old "${commits[0]}"
new=$repository
if ((${#commits[@]} == 2)); then
  checkout new "${commits[1]}"
  new=$temporary/new.tree
fi

# build SIDE TREE: a test binary for each package with benchmarks, named after it.
build() {
  local directory binary
  mkdir -p "$temporary/$1"
  cd "$2"
  while read -r directory; do
    grep -qs '^func Benchmark' "$directory"/*_test.go || continue
    binary=${directory#"$2"/}
    go test -c -o "$temporary/$1/${binary//\//-}" "$directory"
    echo "$directory" >"$temporary/$1/${binary//\//-}.directory"
  done < <(go list -e -f '{{if not .Error}}{{.Dir}}{{end}}' "${packages[@]}")
  cd "$repository"
}

echo "building ..." >&2
build old "$temporary/old.tree"
build new "$new"

# run SIDE BINARY
run() {
  local file=$temporary/$1/$2
  (cd "$(<"$file.directory")" && "$file" -test.run '^$' -test.bench "$bench" -test.benchtime "$time" -test.benchmem) >>"$temporary/$1.txt"
}

compared=0
for file in "$temporary"/old/*.directory; do
  binary=$(basename "$file" .directory)
  [[ -e $temporary/new/$binary ]] || continue
  compared=$((compared + 1))
  for ((i = 1; i <= count; i++)); do
    printf '%s: %d of %d\n' "$binary" "$i" "$count" >&2
    run old "$binary"
    run new "$binary"
  done
done
((compared)) || fail "no benchmarks in both commits"

if [[ $keep ]]; then
  mkdir -p "$keep"
  cp "$temporary/old.txt" "$temporary/new.txt" "$keep"
fi
cd "$temporary"
go run "$benchstat" old.txt new.txt
