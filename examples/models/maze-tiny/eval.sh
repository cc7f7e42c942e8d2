#!/usr/bin/env bash
# Prints the table of the model card (revisit.md).
#   examples/models/maze-tiny/eval.sh OUT [svg-eval flags]     OUT: folder of the results; called again, it goes on where it was stopped
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: eval.sh OUT [svg-eval flags]}
shift
export PATH=$here/../../../build/release/bin:$PATH
svg-eval revisit --model "$here" --split test --scripts turn-around,spin,out-and-back --episodes 32 --batch 16 --resume -o "$out" "$@"
