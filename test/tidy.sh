#!/usr/bin/env bash
# clang-tidy with the checks of .clang-tidy over the torch-free sources and their headers; any finding is an error.
#   test/tidy.sh [REGEX]     REGEX: only sources whose path matches (default: all)
set -euo pipefail
cd "$(dirname "$0")/.."
# The compile commands of the torch-free build (test/sanitize.sh); nothing is compiled for this.
[ -f build/asan/compile_commands.json ] || cmake --preset asan >/dev/null
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! run-clang-tidy -quiet -p build/asan -j "$(nproc)" "-header-filter=^$PWD/(formats|libcore|tools)/" \
  "^$PWD/(formats|libcore|tools)/.*(${1:-})" >"$log" 2>&1; then
  grep -E '(warning|error):' "$log" | sort -u || cat "$log"
  exit 1
fi
echo "clang-tidy: $(grep -c '^clang-tidy' "$log") sources, nothing found"
