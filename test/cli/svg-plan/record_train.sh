# What was recorded is what svg-pretrain and svg-encode read.
. "$CASE_DIR/../tiny.bash"
svg-plan record --env "svg-world serve --profile tiny" --episodes 2 --chunks 4 -o data -q
svg-pretrain "${quiet[@]}" --component vae --model "$CASE_DIR/../../support/tiny_config" --data data -o vae --steps 1 --batch 2
svg-pretrain "${quiet[@]}" --model vae --data data -o model --past 4 --future 4 --steps 1 --batch 1 --lr 1e-3 --train-text-encoder
svg-encode "${quiet[@]}" --model model data > all.latents
svg-inspect --verify all.latents
