# A run that is killed and resumed is the run that nothing happened to; faults are one line and their exit code.
. "$CASE_DIR/../tiny.bash"
svg-world dataset -q --profile tiny --episodes 2 --chunks 3 -o data
config=$CASE_DIR/../../support/tiny_config
svg-pretrain "${quiet[@]}" --component vae --model "$config" --data data -o vae --steps 1 --batch 2
run=(svg-pretrain "${quiet[@]}" --model vae --data data --past 4:0.5,1:0.5 --future 4 --steps 120 --batch 2 --checkpoint-every 10
  --train-text-encoder)
"${run[@]}" -o whole

begun() { [ -e parts/training/state.safetensors ]; }
RANDOM=5
for _ in 1 2 3; do
  "${run[@]}" -o parts --resume &
  pid=$!
  within 60 begun
  sleep 0.$(printf %03d $((RANDOM % 900)))
  kill -9 $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true
done
"${run[@]}" -o parts --resume 2>stopped.txt & # and once with a signal that lets it save, at a step that differs
pid=$!
sleep 0.7
kill -TERM $pid 2>/dev/null || true
wait $pid 2>/dev/null || true
"${run[@]}" -o parts --resume
for file in training/state.safetensors training/metrics.jsonl unet/diffusion_pytorch_model.safetensors text_encoder/model.safetensors provenance.json; do
  cmp whole/$file parts/$file
done
[ "$(wc -l <whole/training/metrics.jsonl)" = 120 ]
# What was not trained is linked, and the whole is a model directory.
[ -L parts/vae ]
svg-inspect -q --verify parts >/dev/null

expect() {
  local name=$1 status=0
  shift
  "$@" >/dev/null 2>err || status=$?
  echo "$name -> $status: $(cat err)"
}
expect "a run is there" "${run[@]}" -o whole
expect "other settings" "${run[@]}" -o whole --resume --lr 0.5
expect "other data" svg-pretrain "${quiet[@]}" --model vae --data nowhere -o o --steps 1
expect "no model" svg-pretrain "${quiet[@]}" --model nowhere --data data -o o --steps 1
expect "no folder" svg-pretrain "${quiet[@]}" --component vae --model "$config" --data data -o data/episodes.jsonl/run --steps 1 --batch 1
expect "past" svg-pretrain "${quiet[@]}" --model vae --data data -o o --past 4:x --steps 1
expect "past longer than the data" svg-pretrain "${quiet[@]}" --model vae --data data -o o --past 40 --future 4 --steps 1
