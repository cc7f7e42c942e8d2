#!/usr/bin/env bash
# How maze-retrace was made from maze-tiny: finetuned on walks there and back, and the inverse dynamics model beside it, with our executables alone.
#   examples/models/maze-retrace/recipe.sh OUT [THREADS]
# Each step goes on where it was stopped: run the same command again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: recipe.sh OUT [THREADS]}
threads=${2:-1}
base=$here/../maze-tiny
export PATH=$here/../../../build/release/bin:$PATH
mkdir -p "$out"
cd "$out"

[ -d walks ] || svg-world dataset --profile tiny --split train --episodes 600 --seed 22 --chunks 8:12 -o walks
[ -d back ] || svg-world dataset --profile tiny --split train --script retrace-back --sentences plain --episodes 1200 --seed 21 -o back
[ -d val ] || svg-world dataset --profile tiny --split val --script retrace-back --sentences plain --episodes 50 --seed 23 -o val

# What "keep going back" asks for: the base model has never heard the sentence.
svg-pretrain --model "$base" --data back walks --validation val -o unet --resume --past 4:0.85,3:0.05,1:0.05,0:0.05 --future 4 --past-noise 0.15 \
  --text-dropout 0.05 --train-text-encoder --steps 1000 --batch 12 --lr 8e-4 --lr-schedule cosine --warmup-steps 20 --weight-decay 1e-3 \
  --ema-decay 0.99 --validate-every 250 --checkpoint-every 100 --threads "$threads"

# Which action led from a frame to the next, also in pictures that the autoencoder has blurred.
svg-plan train --data walks --vae "$base" -o idm --resume --steps 2400 --points 0 --threads "$threads"

# What is shipped: the components alone, links followed.
rm -rf model
mkdir -p model/idm
for part in model_index.json svg.json scheduler text_encoder tokenizer unet vae provenance.json; do cp -rL "unet/$part" model/; done
sed -i '/"own_/d' model/svg.json  # a plan that is imagined is learned like what was given: its table was made so
for part in config.json model.safetensors provenance.json; do cp "idm/$part" model/idm/; done

# The same model, whose memories start where 120 updates have taken them: each learns six ways out, 16 steps a chunk, and is asked for the ways back.
[ -d ways ] || svg-world dataset --profile tiny --split train --script retrace-back --sentences plain --episodes 320 --seed 31 -o ways
svg-loop start --model model --data ways --validation val -o start --resume --fast-steps 16 --ask later --questions 3 --batch 6 --lr 2e-3 \
  --lr-schedule cosine --warmup-steps 10 --ema-decay 0.95 --learn-rates --rate-lr 2e-2 --steps 120 --validate-every 25 --checkpoint-every 20 --seed 1 \
  --threads "$threads"
mkdir -p model/loop/fast
for part in scheduler text_encoder tokenizer unet vae; do ln -s "../$part" model/loop/; done
cp start/*.json model/loop/
cp start/fast/init.safetensors model/loop/fast/
echo "$PWD/model"
