#!/usr/bin/env bash
# Builds the torch-free part (formats, worlds, video, tools) with address and undefined-behaviour sanitizers and runs its tests, with all vectors.
#   test/sanitize.sh [ctest arguments]
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset asan
cmake --build --preset asan -j "$(nproc)"
ctest --test-dir build/asan --output-on-failure -j "$(nproc)" "$@"
