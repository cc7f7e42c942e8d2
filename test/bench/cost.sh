#!/usr/bin/env bash
# What fast learning adds to a chunk, in seconds and in memory (SlowFast-VGen, Table 3), beside diffusers, PEFT and torch.optim.Adam on the
# same weights, inputs, noise and threads. Prints a table; fails only where the results disagree.
#   test/bench/cost.sh [--model DIR] [--threads 2] [--repeats 5] [--learning-steps 1 4 16]
# DIR: a model directory, with or without weights; default: the shipped model. The reference runs in ${SVG_REFERENCE_PYTHON:-python3}.
set -euo pipefail
# shellcheck source=test/bench/prepare.bash
. "$(dirname "$0")/prepare.bash" bench_model cost_cell
exec "$python" "$root/test/bench/cost.py" "$root/build/release/bin" --model "$model" "$@"
