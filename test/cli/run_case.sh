#!/bin/bash
# run_case.sh BIN_DIR CASE.sh: runs one case in its own scratch folder, with the built executables first on PATH, under
# `bash -euo pipefail`, and compares what it prints with CASE.stdout, CASE.stderr and its status with CASE.exit.
# An absent side file stands for silence and status 0. Status 77: skipped. SVG_REDO=1 writes the side files anew.
set -u
bin=$(realpath "$1")
case=$(realpath "$2")
stem=${case%.sh}
# In memory where there is room: what is synced there costs nothing.
room=$(df -k --output=avail /dev/shm 2>/dev/null | tail -1)
[ -w /dev/shm ] && [ "${room:-0}" -gt 2000000 ] && : "${TMPDIR:=/dev/shm}"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/svg-cli.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/work"
export PATH="$bin:$PATH" LC_ALL=C CASE_DIR="${case%/*}" OMP_WAIT_POLICY=passive
unset SVG_LOG
(cd "$scratch/work" && exec bash -euo pipefail "$case" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null)
status=$?
[ $status = 77 ] && exit 77

if [ "${SVG_REDO:-}" = 1 ]; then
  for stream in stdout stderr; do
    rm -f "$stem.$stream"
    [ -s "$scratch/$stream" ] && cp "$scratch/$stream" "$stem.$stream"
  done
  rm -f "$stem.exit"
  [ $status = 0 ] || echo $status >"$stem.exit"
  exit 0
fi

failed=0
for stream in stdout stderr; do
  expected=$stem.$stream
  [ -f "$expected" ] || expected=/dev/null
  diff -u --label "expected $stream" --label "got" "$expected" "$scratch/$stream" || failed=1
done
expected=0
[ -f "$stem.exit" ] && expected=$(<"$stem.exit")
if [ "$status" != "$expected" ]; then
  echo "expected exit status $expected, got $status"
  failed=1
fi
exit $failed
