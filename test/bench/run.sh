#!/usr/bin/env bash
# Times one model beside diffusers, PEFT and torch.optim on the same weights, inputs and threads: the UNet's forward pass, one chunk of
# sampling, one step of fast learning. Prints a table; fails only where the results disagree.
#   test/bench/run.sh [--model DIR] [--threads 2] [--dtype fp32 bf16] [--repeats 7] [--rows forward sample ...] [--compile] [--openvino]
# DIR: a model directory, with or without weights; default: the shipped model. The reference runs in ${SVG_REFERENCE_PYTHON:-python3}.
set -euo pipefail
# shellcheck source=test/bench/prepare.bash
. "$(dirname "$0")/prepare.bash" bench_model
exec "$python" "$root/test/bench/bench_model.py" "$root/build/release/bin/bench_model" --model "$model" "$@"
