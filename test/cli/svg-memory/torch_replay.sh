# A memory carries all that cannot be derived: learned again from the stream, every revision comes out byte for byte.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
how=("${quiet[@]}" --model model --fast-rank 2 --fast-steps 2)
run=(svg-generate "${how[@]}" --steps 2)
printf 'turn left\nturn right\nwalk forward\n' >actions.txt
"${run[@]}" --actions actions.txt -o walk.latents --memory walk.memory first.latents
svg-memory verify walk.memory --replay walk.latents --model model
# A revision on the way; in bf16; another source of windows, decay and held-out draws; learned from a stream, and with its input.
svg-memory verify walk.memory@2 --replay walk.latents --model model
"${run[@]}" --dtype bf16 --seed 5 --fast-source all --fast-decay 0.1 --fast-check 2 --fast-lr 1e-3 --keep last \
  --actions actions.txt -o bf16.latents --memory bf16.memory first.latents
svg-memory verify bf16.memory --replay bf16.latents --model model
svg-fastlearn "${how[@]}" --memory seen.memory --learn-input walk.latents >/dev/null
svg-memory verify seen.memory --replay walk.latents --model model
# A run that went on from another's memory, with other settings; a branch of it; as many steps as a budget had time for.
svg-memory tail walk.memory walk.latents -o tail.latents
"${run[@]}" --fast-lr 3e-4 --seed 9 --actions actions.txt -o more.latents --memory walk.memory tail.latents
svg-memory verify walk.memory --replay more.latents --model model
svg-fastlearn "${how[@]}" --fast-budget 0.05s --memory timed.memory walk.latents >/dev/null
svg-memory verify timed.memory --replay walk.latents --model model
# With a LoRA file to begin with.
svg-fastlearn "${how[@]}" --init seen.memory/rev/2.safetensors --memory begun.memory walk.latents >/dev/null
svg-memory verify begun.memory --replay walk.latents --model model --init seen.memory/rev/2.safetensors

# What was learned otherwise than it says is found: here from a beginning that is not named.
status=0
svg-memory verify begun.memory --replay walk.latents --model model >out || status=$?
echo "without its beginning -> $status: $(sed -E 's/by [^ ]+ of/by ... of/' out)"
expect() {
  local name=$1 status=0
  shift
  "$@" >out 2>err || status=$?
  echo "$name -> $status: $(head -n 1 err)"
}
expect "no model" svg-memory verify walk.memory --replay walk.latents
expect "a shorter stream" svg-memory verify walk.memory@3 --replay first.latents --model model
expect "another stream" svg-memory verify bf16.memory --replay more.latents --model model
tail -n 1 out
svg-memory export walk.memory@3 --as peft -o lora
svg-memory import lora --model model -o imported.memory
svg-memory verify imported.memory --replay walk.latents --model model
