#!/usr/bin/env bash
# A world that nobody here made: record in ViZDoom, train on it, generate, plan. The template for someone with a larger model and a GPU.
#   examples/pipelines/vizdoom.sh OUT [BUILD]     needs cmake/bootstrap.sh --environments; called again, it goes on where it was stopped
# PLAN_FLAGS: more flags of svg-plan, as "--fast-steps 96".
# EPISODES (20), VAE_STEPS (300), UNET_STEPS (300), IDM_STEPS (600), TASKS (4): a few minutes on a CPU, and a model as good as that.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:?usage: vizdoom.sh OUT [BUILD]}
build=${2:-$root/build/release}
read -ra flags <<<"${PLAN_FLAGS:-}"
export PATH=$build/bin:$PATH
python=${SVG_CACHE:-$HOME/.cache/svg}/environments/vizdoom/bin/python
[ -x "$python" ] || { echo "vizdoom.sh: ViZDoom is not installed: cmake/bootstrap.sh --environments" >&2; exit 69; }
env="'$python' '$root/examples/environments/vizdoom_env.py' --size 32x24"
mkdir -p "$out"
cd "$out"
exec 3>&1 >&2  # what the steps say; the table alone is the output

[ -d train ] || svg-plan record --env "$env" --episodes "${EPISODES:-20}" --chunks 12 --seed 1 -o train --resume
[ -d tasks ] || svg-plan record --env "$env" --episodes "${TASKS:-4}" --chunks 5 --seed 2 --split test --retrace -o tasks --resume

svg-pretrain --component vae --model "$root/examples/models/maze-tiny/config" --data train -o vae --resume --steps "${VAE_STEPS:-300}" --batch 8 \
  --lr 2e-3 --lr-schedule cosine --warmup-steps 30 --ema-decay 0.99 --kl-weight 1e-3 --validate-every 0
svg-pretrain --model vae --data train -o model --resume --past 4:0.8,1:0.1,0:0.1 --future 4 --past-noise 0.15 --train-text-encoder \
  --steps "${UNET_STEPS:-300}" --batch 8 --lr 2e-3 --lr-schedule cosine --warmup-steps 30 --ema-decay 0.99 --validate-every 0
svg-plan train --data train --vae model -o idm --resume --steps "${IDM_STEPS:-600}"

svg-encode --model model --chunks 2 --episode "$(sed -n '1s/.*"ep":"\([^"]*\)".*/\1/p' tasks/episodes.jsonl)" tasks >first.latents
printf '%s\n' "turn left 45 degrees" "turn left 45 degrees" "walk forward 48 units" "walk forward 48 units" >actions.txt
svg-generate --model model --actions actions.txt --learn-input <first.latents >walk.latents
svg-decode --model model -o walk.mp4 <walk.latents

[ -d plans ] || svg-plan run --model model --idm idm --tasks tasks --env "$env" -o plans --resume "${flags[@]}"
svg-plan score --model model --idm idm --tasks tasks --count "${TASKS:-4}" --env "$env" --feedback observed -o scores --resume "${flags[@]}" \
  --rows none,temp-lora,swapped,inverse-replay,random,text-only,oracle-generation >table.txt
cat table.txt >&3
