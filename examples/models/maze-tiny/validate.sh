#!/usr/bin/env bash
# What each setting of fast learning is worth, on validation episodes: the table that the settings in svg.json were chosen by.
#   examples/models/maze-tiny/validate.sh OUT [NAME...]     NAME: these rows alone; called again, it goes on where it was stopped
# Each row is the shipped settings with one thing changed; libcore/fast/fast_learning.md says what came of it. 16 episodes, free,
# from a true past, and in one step; each row's own table is OUT/NAME.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: validate.sh OUT [NAME...]}
shift
export PATH=$here/../../../build/release/bin:$PATH
mkdir -p "$out"
rows=(
  "shipped:"
  "no-memory: --rows none"
  "paper: --rows paper"
  # Table 4 of the paper: without input-output training, without the local rule, without chunk input
  "all-noised-no-text: --fast-objective consecutive"
  "last-chunk: --fast-source local"
  "one-past-frame: --past 1"
  # Where on the noise scale it learns, and is used
  "all-timesteps: --fast-timesteps 0:1000"
  "low-timesteps: --fast-timesteps 0:500"
  "memory-at-high-noise: --fast-apply 500:1000"
  # What a window looks like
  "no-reversal: --fast-reverse 0"
  "clean-past: --fast-past-noise 0"
  "noisier-past: --fast-past-noise 0.6"
  "no-text: --fast-text off"
  # How much is learned, and into what
  "24-steps: --fast-steps 24"
  "batch-4: --fast-batch 4 --fast-steps 12"
  "half-lr: --fast-lr 1e-3"
  "cosine-lr: --fast-lr-schedule cosine"
  "reset-moments: --fast-optimizer reset"
  "decay: --fast-decay 0.1"
  "weighting-eps: --fast-weighting eps"
  "rank-8: --fast-rank 8"
  "attention: --lora-targets attention"
)
done_rows=()
for row in "${rows[@]}"; do
  name=${row%%:*}
  [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
  read -ra flags <<<"${row#*:}"
  [[ "${flags[*]}" == *--rows* ]] || flags+=(--rows temp-lora)
  svg-eval revisit --model "$here" --split val --scripts turn-around --episodes 16 --batch 16 --resume -o "$out/$name" "${flags[@]}" >"$out/$name.md"
  done_rows+=("$out/$name")
done
# Means of the first, and what each of the others has more, paired by episode.
[ ${#done_rows[@]} -lt 2 ] || svg-eval compare "${done_rows[@]}"
