#!/usr/bin/env bash
# "Go back the way you came": from data to the score table, with the shipped small model, on a CPU.
#   examples/pipelines/plan-retrace.sh OUT [TASKS] [BUILD]     TASKS: how many (default 64); called again, it goes on where it was stopped
# A walker is led through a closed room, and told to go back. Each chunk of the way back is asked for as "keep going back", so that the
# way must come from memory: from the walls that were seen. The model that ships has never heard that sentence; FINETUNE updates on walks
# there and back teach it what the words ask for (0: the shipped model as it is; the default is 200).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:?usage: plan-retrace.sh OUT [TASKS] [BUILD]}
tasks=${2:-64}
build=${3:-$root/build/release}
finetune=${FINETUNE:-200}
model=$root/examples/models/maze-tiny
export PATH=$build/bin:$PATH
mkdir -p "$out"
cd "$out"
exec 3>&1 >&2  # what the steps say; the table alone is the output

[ -d walks ] || svg-world dataset --profile tiny --split train --episodes "${EPISODES:-500}" --seed 22 --chunks 8:12 -o walks
[ -d back ] || svg-world dataset --profile tiny --split train --script retrace-back --sentences plain --episodes "${EPISODES:-700}" --seed 21 -o back
[ -d tasks ] || svg-world dataset --profile tiny --split test --script retrace --sentences plain --episodes "$tasks" --seed 3 -o tasks

# Which action led from a frame to the next, also in pictures that the autoencoder has blurred.
svg-plan train --data walks --vae "$model" -o idm --resume --steps "${IDM_STEPS:-1200}"

if [ "$finetune" -gt 0 ]; then
  svg-pretrain --model "$model" --data back walks -o finetuned --resume --past 4:0.85,3:0.05,1:0.05,0:0.05 --future 4 --past-noise 0.15 \
    --text-dropout 0.05 --train-text-encoder --steps "$finetune" --batch 12 --lr 8e-4 --lr-schedule cosine --warmup-steps 20 \
    --weight-decay 1e-3 --ema-decay 0.98 --validate-every 0 --checkpoint-every 50
  model=finetuned
fi

# Some plans to look at: left what was imagined, right what came of it.
[ -d plans ] || svg-plan run --model "$model" --idm idm --tasks tasks --count 4 -o plans --resume

svg-plan score --model "$model" --idm idm --tasks tasks --count "$tasks" --act-noise 0,0.1 -o scores --resume >table.txt
cat table.txt >&3
