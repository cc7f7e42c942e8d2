#!/usr/bin/env bash
# "Put the cubes back where they were": from data to the score table, on a CPU, with a model that is trained here.
#   examples/pipelines/plan-cubes.sh OUT [TASKS] [BUILD]     TASKS: how many (default 64); called again, it goes on where it was stopped
# One chunk is seen before planning begins, so the memory learns on through the plan (--memory on). VAE_STEPS (600), UNET_STEPS (800) and
# PLAN_FLAGS ("--steps 6 --fast-steps 4") are what a few minutes allow: a template for more. How far the plans of so young a model are from
# the oracles', the table says; the blind rows are exact.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:?usage: plan-cubes.sh OUT [TASKS] [BUILD]}
tasks=${2:-64}
build=${3:-$root/build/release}
read -ra flags <<<"${PLAN_FLAGS:---steps 6 --fast-steps 4}"
export PATH=$build/bin:$PATH
mkdir -p "$out"
cd "$out"
exec 3>&1 >&2  # what the steps say; the table alone is the output

table=(--world table --profile tiny)
[ -d play ] || svg-world dataset "${table[@]}" --split train --script play --episodes "${EPISODES:-400}" --seed 1 --chunks 12 --sentences plain -o play
[ -d tasks ] || svg-world dataset "${table[@]}" --split test --script cubes --sentences plain --episodes "$tasks" --seed 3 -o tasks

svg-pretrain --component vae --model "$root/examples/models/maze-tiny/config" --data play -o vae --resume --steps "${VAE_STEPS:-600}" --batch 8 \
  --lr 2e-3 --lr-schedule cosine --warmup-steps 30 --ema-decay 0.99 --kl-weight 1e-3 --validate-every 0 --checkpoint-every 100
svg-pretrain --model vae --data play -o model --resume --past 4:0.8,1:0.1,0:0.1 --future 4 --past-noise 0.15 --train-text-encoder \
  --steps "${UNET_STEPS:-800}" --batch 8 --lr 2e-3 --lr-schedule cosine --warmup-steps 50 --ema-decay 0.99 --validate-every 0 --checkpoint-every 100
svg-plan train --data play --vae model -o idm --resume --steps "${IDM_STEPS:-1200}"

svg-plan score --model model --idm idm --tasks tasks --count "$tasks" --feedback generated --memory on --act-noise 0,0.1 -o scores --resume "${flags[@]}" \
  --rows none,temp-lora,swapped,inverse-replay,random,text-only,oracle,oracle-generation >table.txt
cat table.txt >&3
