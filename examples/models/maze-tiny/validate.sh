#!/usr/bin/env bash
# What each setting of fast learning is worth, on validation episodes: the table that the settings in svg.json were chosen by.
#   examples/models/maze-tiny/validate.sh OUT [NAME...]     NAME: these rows alone; called again, it goes on where it was stopped
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: validate.sh OUT [NAME...]}
shift
export PATH=$here/../../../build/release/bin:$PATH
mkdir -p "$out"
rows=(
  "shipped:"
  "clean-past: --fast-past-noise 0"
  "noisier-past: --fast-past-noise 0.6"
  "memory-at-high-noise: --fast-apply 500:1000"
  "all-timesteps: --fast-timesteps 0:1000"
  "24-steps: --fast-steps 24"
  "half-lr: --fast-lr 1e-3"
  "rank-8: --fast-rank 8"
  "attention: --lora-targets attention"
  "no-reversal: --fast-reverse 0"
  "last-chunk: --fast-source local"
  "all-noised-no-text: --fast-objective consecutive"
)
head=
for row in "${rows[@]}"; do
  name=${row%%:*}
  [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
  # shellcheck disable=SC2086  # the flags are several words
  svg-eval revisit --model "$here" --split val --scripts turn-around --rows temp-lora --episodes 16 --batch 16 --resume -o "$out/$name" \
    ${row#*:} >"$out/$name.md"
  [ -n "$head" ] || { sed -n '1,2p' "$out/$name.md"; head=done; }
  sed -n "s/^| temp-lora |/| $name |/p" "$out/$name.md"
done
