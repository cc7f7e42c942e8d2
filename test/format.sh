#!/usr/bin/env bash
# Formats every C++ and CUDA source as .clang-format says.
#   test/format.sh           in place
#   test/format.sh --check   changes nothing; exit 1 where a file is not formatted
set -euo pipefail
cd "$(dirname "$0")/.."
case ${1:-} in
  '') git ls-files -z '*.cpp' '*.h' '*.cu' '*.cuh' | xargs -0 clang-format -i ;;
  --check) git ls-files -z '*.cpp' '*.h' '*.cu' '*.cuh' | xargs -0 clang-format --dry-run -Werror ;;
  *) echo "format.sh: unknown argument $1: expected --check or nothing" >&2; exit 64 ;;
esac
