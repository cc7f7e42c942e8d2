#!/usr/bin/env bash
# test/gpu/build.sh [BUNDLE] [BUILD]: builds what test/gpu/run.sh needs, on a machine with a compiler, CMake, nvcc and PyTorch 2.11 and no package
# index. BUNDLE: the folder of `cmake/bootstrap.sh --bundle`; without one (or "") the system's packages are used. BUILD: default build/release.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
bundle=${1:-} build=${2:-$root/build/release}
cd "$root"
flags=()
if [ -n "$bundle" ]; then
  bundle=$(realpath "$bundle")
  export PATH=$bundle/bin:$PATH
  flags=(-DSVG_BUNDLE="$bundle")
fi
cmake --preset release -B "$build" "${flags[@]}"
cmake --build "$build" -j "$(nproc)" --target svg_cuda gpu_parity gpu_chunk svg-world svg-encode svg-generate svg-fastlearn test_cuda_load_order
