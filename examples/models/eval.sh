#!/usr/bin/env bash
# Prints the tables of a model card (revisit.md).
#   examples/models/eval.sh MODEL OUT [SCRIPTS [EPISODES [svg-eval flags]]]
# MODEL: maze-tiny or maze-view. OUT: folder of the results; called again, it goes on where it was stopped. SCRIPTS: default
# turn-around,spin,out-and-back. EPISODES: of each script, default 32.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
model=${1:?usage: eval.sh MODEL OUT [SCRIPTS [EPISODES [svg-eval flags]]]}
out=${2:?usage: eval.sh MODEL OUT [SCRIPTS [EPISODES [svg-eval flags]]]}
scripts=${3:-turn-around,spin,out-and-back}
episodes=${4:-32}
shift $(($# < 4 ? $# : 4))
export PATH=$here/../../build/release/bin:$PATH
svg-eval revisit --model "$here/$model" --profile "${model#maze-}" --split test --scripts "$scripts" --episodes "$episodes" --batch 16 --resume \
  -o "$out" "$@"
