#!/usr/bin/env bash
# Writes the expected output of every help case anew, after a flag or its text has changed: look at the difference before committing it.
#   test/cli/update_help.sh [BUILD]     BUILD: folder of the build (default: build/release)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/release}
for tool in "$build"/bin/svg-*; do
  case=$here/$(basename "$tool")/help.sh
  [ -f "$case" ] || { echo "update_help.sh: no $case: write one as for the other executables" >&2; exit 1; }
  SVG_REDO=1 "$here/run_case.sh" "$build/bin" "$case"
done
