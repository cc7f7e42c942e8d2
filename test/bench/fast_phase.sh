#!/usr/bin/env bash
# The fast phase of the loop as a whole, seconds and bytes an episode, beside PEFT and torch.optim.Adam doing the same. Prints a table.
#   test/bench/fast_phase.sh [--model DIR] [--threads 1] [--episodes 8] [--chunks 11] [--learning-steps 16] [--repeats 3]
# DIR: a model directory with weights; default: the shipped model. The reference runs in ${SVG_REFERENCE_PYTHON:-python3}.
set -euo pipefail
# shellcheck source=test/bench/prepare.bash
. "$(dirname "$0")/prepare.bash" bench_model svg-loop svg-world svg-encode
exec "$python" "$root/test/bench/fast_phase.py" "$root/build/release/bin" --model "$model" "$@"
