# What is learned is what PEFT and torch.optim.Adam learn: the weights of every chunk, in three configurations.
python=${SVG_REFERENCE_PYTHON:-python3}
"$python" -c 'import diffusers, peft, transformers' 2>/dev/null || exit 77
. "$CASE_DIR/../tiny.bash"
make_tiny_model
printf 'turn left\nwalk forward\n' >actions.txt
svg-generate "${quiet[@]}" --model model --steps 3 --no-fast --actions actions.txt first.latents -o walk.latents
check() { "$python" "$CASE_DIR/../../golden/fast_learning_parity.py" "$(dirname "$(command -v svg-fastlearn)")" model walk.latents --chunks 3 -- "$@" 2>err | tail -n 1 >result || { cat err result; exit 1; }
  cut -d' ' -f1 result; }
check --fast-rank 3 --fast-steps 8 --fast-batch 2
check --fast-objective input-output --fast-weighting v --fast-steps 4 --lora-targets attention,ff,proj --fast-lr 1e-3 --fast-lr-schedule cosine
check --fast-weighting x0 --fast-text on --fast-rank 40 --fast-alpha 20 --fast-decay 0.5 --fast-optimizer reset --fast-steps 3
