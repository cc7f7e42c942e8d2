#!/usr/bin/env bash
# How table-cubes was trained: a table with cubes, autoencoder, UNet, and the inverse dynamics model beside it, with our executables alone.
#   examples/models/table-cubes/recipe.sh OUT [THREADS]
# Each step goes on where it was stopped: run the same command again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: recipe.sh OUT [THREADS]}
threads=${2:-1}
maze=$here/../maze-tiny
export PATH=$here/../../../build/release/bin:$PATH
mkdir -p "$out"
cd "$out"

table() { [ -d "$1" ] || svg-world dataset --world table --profile tiny --sentences plain -o "$1" "${@:2}"; }
table play --split train --script play --episodes 2000 --seed 1 --chunks 12
table val --split val --script play --episodes 60 --seed 2 --chunks 12
table cubes --split train --script cubes --episodes 400 --seed 14
table back --split train --script cubes-back --episodes 600 --seed 15

# The maze's autoencoder learns to see tables: what is small, as the gripper, takes long.
autoencoder() {
  svg-pretrain --component vae --model "$1" --data play --validation val -o "$2" --resume --steps "$3" --batch 16 --lr 2e-3 --lr-schedule cosine \
    --warmup-steps 60 --ema-decay 0.99 --kl-weight 1e-3 --validate-every 250 --sample-every 500 --checkpoint-every 250 --threads "$threads"
}
autoencoder "$maze" first 3000
autoencoder first vae 5000

# The maze's UNet to begin with; a tokenizer and a text encoder of its own.
[ -d base ] || {
  mkdir base.partial
  cp -rL "$maze/config/." base.partial/
  sed -i 's/"height": 16/"height": 32/' base.partial/svg.json
  cp "$maze/unet/diffusion_pytorch_model.safetensors" base.partial/unet/
  cp -L vae/vae/* base.partial/vae/
  mv base.partial base
}
unet() {  # MODEL OUT STEPS FLAGS...
  svg-pretrain --model "$1" --data play cubes back --validation val -o "$2" --resume --past 4:0.8,1:0.1,0:0.1 --future 4 --past-noise 0.15 \
    --text-dropout 0.1 --train-text-encoder --dtype bf16 --steps "$3" --batch 12 --lr-schedule cosine --warmup-steps 100 --weight-decay 1e-3 \
    --ema-decay 0.998 --validate-every 500 --sample-every 1000 --checkpoint-every 200 --threads "$threads" "${@:4}"
}
unet base unet 12000 --lr 1.5e-3
# Then with pasts of the model's own: what a plan continues are its own frames.
mkdir -p planner
[ -e planner/latents ] || cp -r unet/latents planner/latents
unet unet planner 3400 --lr 1e-3 --own-past 0.35 --own-past-timesteps 100:700

# Which action leads from what is there to what is planned, also where the plan did not come true.
table fumble --split train --script fumble --episodes 700 --seed 12 --chunks 24
table fumble-val --split val --script fumble --episodes 40 --seed 13 --chunks 24
table play-idm --split train --script play --episodes 600 --seed 11 --chunks 12
svg-plan train --data play-idm fumble --validation val fumble-val --vae vae -o idm --resume --steps 13000 --pair-share 0.5 --far-share 0.5 \
  --coded-share 0.8 --points 32 --lr 3e-3 --threads "$threads"

# What is shipped: the components alone, links followed.
rm -rf model
mkdir -p model/idm
for part in model_index.json svg.json scheduler text_encoder tokenizer unet vae provenance.json; do cp -rL "planner/$part" model/; done
sed -i 's/"steps": 12,/"steps": 4,/; s/"guidance_scale": 1.0/"guidance_scale": 2.5/; s/"steps": 48/"steps": 16/' model/svg.json  # without guidance it mistakes cubes
for part in config.json model.safetensors provenance.json; do cp "idm/$part" model/idm/; done

# The same model after the slow-fast loop: memories of 104 episodes, three steps a chunk, then the weights with each item's own memory in place.
table episodes --split train --script cubes --episodes 104 --seed 41
svg-loop fast --model model --data episodes --fast-steps 3 --episode-batch 8 --threads "$threads" --seed 1 -o store --resume
svg-loop slow --model model --store store -o slow --resume --steps 1200 --batch 8 --lr 8e-4 --lr-schedule cosine --warmup-steps 30 --ema-decay 0.98 \
  --weight-decay 1e-3 --text-dropout 0.1 --past-noise 0.15 --validate-every 200 --checkpoint-every 100 --threads "$threads" --seed 2
mkdir -p model/loop
for part in scheduler text_encoder tokenizer vae; do ln -s "../$part" model/loop/; done
cp -rL slow/*.json slow/unet model/loop/
echo "$PWD/model"
