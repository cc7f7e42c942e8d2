#!/usr/bin/env bash
# The one command that checks the project: what it needs, the build, the tests.
#   test/run.sh [ctest arguments]    e.g. test/run.sh -R formats
set -euo pipefail
cd "$(dirname "$0")/.."
cmake/bootstrap.sh
export CCACHE_BASEDIR=$PWD CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
cmake --preset release
cmake --build --preset release -j "$(nproc)"
# Kernels of one thread each: tests that run side by side do not fight for cores.
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
ctest --test-dir build/release --output-on-failure -j "$(nproc)" "$@"
