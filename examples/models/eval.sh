#!/usr/bin/env bash
# Prints the tables of the model card (revisit.md).
#   examples/models/maze-tiny/eval.sh OUT [SCRIPTS [EPISODES [svg-eval flags]]]
# OUT: folder of the results; called again, it goes on where it was stopped. SCRIPTS: default turn-around,spin,out-and-back.
# EPISODES: of each script, default 32.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: eval.sh OUT [SCRIPTS [EPISODES [svg-eval flags]]]}
scripts=${2:-turn-around,spin,out-and-back}
episodes=${3:-32}
shift $(($# < 3 ? $# : 3))
export PATH=$here/../../../build/release/bin:$PATH
svg-eval revisit --model "$here" --split test --scripts "$scripts" --episodes "$episodes" --batch 16 --resume -o "$out" "$@"
