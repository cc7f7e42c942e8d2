#!/usr/bin/env bash
# Times one model beside diffusers, PEFT and torch.optim on the same weights, inputs and threads: the UNet's forward pass, one chunk of
# sampling, one step of fast learning. Prints a table; fails only where the results disagree.
#   test/bench/run.sh [--model DIR] [--threads 2] [--repeats 7] [--rows forward sample ...]
# DIR: a model directory, with or without weights; default: the shipped model. The reference runs in ${SVG_REFERENCE_PYTHON:-python3}.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
python=${SVG_REFERENCE_PYTHON:-python3}
if ! "$python" -c 'import diffusers, peft, safetensors, torch' 2>/dev/null; then
  echo "run.sh: $python lacks diffusers, peft, safetensors or torch; install them with" >&2
  echo "  python3 -m venv reference && reference/bin/pip install -r test/golden/requirements.txt" >&2
  echo "and run this again with SVG_REFERENCE_PYTHON=reference/bin/python" >&2
  exit 69
fi
(
  cd "$root"
  [ -f build/release/build.ninja ] || cmake --preset release >&2
  cmake --build --preset release --target bench_model >&2
)
model=$root/examples/models/maze-tiny
[ -f "$model/unet/diffusion_pytorch_model.safetensors" ] || model=$model/config
# Threads that wait asleep, on both sides: they take turns on the same cores.
export OMP_WAIT_POLICY=passive
exec "$python" "$root/test/bench/bench_model.py" "$root/build/release/bin/bench_model" --model "$model" "$@"
