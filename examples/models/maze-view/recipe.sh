#!/usr/bin/env bash
# How the weights of maze-view are trained: worlds, autoencoder, UNet, with our executables alone.
#   examples/models/maze-view/recipe.sh OUT [THREADS]
# Each step goes on where it was stopped: run the same command again. Hours depend on the machine; the card says what it took.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: recipe.sh OUT [THREADS]}
threads=${2:-1}
export PATH=$here/../../../build/release/bin:$PATH
mkdir -p "$out"
cd "$out"

[ -d train ] || svg-world dataset --world maze --profile view --split train --episodes 6000 --seed 1 --chunks 8:12 -j "$threads" -o train
[ -d val ] || svg-world dataset --world maze --profile view --split val --episodes 200 --seed 2 --chunks 8:12 -j "$threads" -o val

svg-pretrain --component vae --model "$here/config" --data train --validation val -o vae --resume \
  --steps 5000 --batch 8 --lr 2e-3 --lr-schedule cosine --warmup-steps 60 --ema-decay 0.99 \
  --kl-weight 3e-4 --validate-every 250 --sample-every 250 --checkpoint-every 250 --save-dtype fp16 --threads "$threads"

svg-pretrain --model vae --data train --validation val -o unet --resume \
  --past 4:0.7,3:0.05,2:0.05,1:0.1,0:0.1 --future 4 --past-noise 0.15 --text-dropout 0.1 --train-text-encoder \
  --dtype bf16 --steps 10000 --batch 8 --lr 1e-3 --lr-schedule cosine --warmup-steps 300 --weight-decay 1e-3 --ema-decay 0.998 \
  --validate-every 250 --sample-every 250 --checkpoint-every 100 --save-dtype fp16 --threads "$threads"

# Then with pasts of the model's own: what a walk continues are its own frames. The first 5,000 updates had a schedule of their own; the others go
# on from their end, on the schedule of the whole.
mkdir -p walker
[ -e walker/latents ] || cp -r unet/latents walker/latents
for steps in 5000 14000; do
  svg-pretrain --model unet --data train --validation val -o walker --resume \
    --past 4:0.8,3:0.04,2:0.04,1:0.06,0:0.06 --future 4 --past-noise 0.15 --own-past 0.35 --own-past-timesteps 100:700 \
    --text-dropout 0.1 --train-text-encoder \
    --dtype bf16 --steps "$steps" --batch 8 --lr 6e-4 --lr-schedule cosine --warmup-steps 100 --weight-decay 1e-3 --ema-decay 0.998 \
    --validate-every 250 --sample-every 250 --checkpoint-every 100 --save-dtype fp16 --threads "$threads"
done

# What is shipped: the components alone, links followed.
rm -rf model
mkdir model
for part in model_index.json svg.json scheduler text_encoder tokenizer unet vae provenance.json; do cp -rL "walker/$part" model/; done
echo "$PWD/model"
