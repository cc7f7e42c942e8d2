# Where fast learning starts: trained, taken up by whatever learns, noted, and refused where it does not fit.
. "$CASE_DIR/../tiny.bash"
quiet[0]=-qq  # sentences are longer than the small model takes
make_tiny_model
svg-world dataset -q --profile tiny --sentences plain --episodes 4 --chunks 5 --seed 2 -o walks
small=(--fast-rank 2 --fast-steps 2 --fast-rule normalised --fast-lr 0.02)
start=(svg-loop start "${quiet[@]}" --data walks "${small[@]}" --batch 2 --steps 6 --learn-rates --questions 2 --validate-every 3)

"${start[@]}" --model model --write-gradient 2 -o trained
python3 -c 'import json; line = json.loads(open("trained/training/metrics.jsonl").readlines()[-1]); print(sorted(k for k in line if k.startswith("validation")), line["curvature"] > 0)'
svg-inspect -q --verify trained/fast/init.safetensors >/dev/null
[ -L trained/unet ]
"${start[@]}" --model model --write-gradient 2 -o stopped --max-steps 2 2>/dev/null || echo "stopped: $?"
"${start[@]}" --model model --write-gradient 2 -o stopped --resume
cmp trained/fast/init.safetensors stopped/fast/init.safetensors && echo "stopped: the same start"
# Asked for less: for the chunks that say so alone.
svg-world dataset -q --profile tiny --script retrace-back --sentences plain --episodes 4 --seed 2 -o ways
ways() { svg-loop start "${quiet[@]}" --model model --data ways "${small[@]}" --batch 1 "$@"; }
ways --learned 2 --steps 2 -o of-all
ways --learned 2 --steps 2 --ask-text "going back" -o of-those
! cmp -s of-all/fast/init.safetensors of-those/fast/init.safetensors
# After anything from nothing to what is there.
ways --learned 2 --learned-least 0 --steps 4 -o of-some
python3 -c 'import json; print(json.load(open("of-some/provenance.json"))["settings"]["start"])'
# From there on, with everything frozen.
"${start[@]}" --model trained -o further
! cmp -s trained/fast/init.safetensors further/fast/init.safetensors

# Whatever learns with the model starts there, unless told otherwise, and notes it.
printf 'turn left\nturn right\n' >actions.txt
generate() { svg-generate "${quiet[@]}" "${small[@]}" --steps 2 --actions actions.txt "$@" first.latents; }
generate --model trained --memory own.memory -o own.latents
generate --model model --memory named.memory --fast-init trained/fast/init.safetensors -o named.latents
generate --model model --memory none.memory -o none.latents
generate --model trained --memory unused.memory --fast-init none -o unused.latents
same_memory own.memory named.memory && echo "the model's start, named: the same memory"
same_memory none.memory unused.memory && echo "--fast-init none: the memory of a model without"
! cmp -s own.memory/rev/1.safetensors none.memory/rev/1.safetensors
sha() { echo "sha256:$(sha256sum <"$1" | cut -d' ' -f1)"; }
grep -c "\"init\": *\"$(sha trained/fast/init.safetensors)\"" own.memory/memory.json
svg-memory verify own.memory --replay own.latents --model trained
svg-memory verify own.memory --replay own.latents --model model --fast-init trained/fast/init.safetensors
svg-eval revisit "${quiet[@]}" "${small[@]}" --model trained --scripts turn-around --episodes 2 --batch 2 --rows temp-lora --steps 1 -o table >/dev/null

# Stores keep it; slow weights that are trained beside it go on with it.
fast=(svg-loop fast "${quiet[@]}" --data walks "${small[@]}" --episode-batch 2)
"${fast[@]}" --model trained -o theta.store >/dev/null
cmp theta.store/start.safetensors trained/fast/init.safetensors
svg-inspect --verify theta.store
slow=(svg-loop slow "${quiet[@]}" --steps 4 --batch 2 --lr 1e-4)
"${slow[@]}" --model trained --store theta.store -o slow
generate --model slow --memory slow.memory -o slow.latents
"${fast[@]}" --model trained --store-dtype fp32 -o exact.store >/dev/null
"${fast[@]}" --model trained --store replay -o replay.store >/dev/null
"${slow[@]}" --model trained --store exact.store -o exact
"${slow[@]}" --model trained --store replay.store -o replayed
weights=unet/diffusion_pytorch_model.safetensors
cmp exact/$weights replayed/$weights && echo "replay: the same weights"

# Trained with the slow weights, round after round.
run=(svg-loop run "${quiet[@]}" --model model --data walks "${small[@]}" --episode-batch 2 --steps 4 --batch 2 --lr 1e-4 --learn-init --learn-rates --init-lr 0.01)
"${run[@]}" --rounds 2 -o rounds >/dev/null
"${run[@]}" --rounds 1 -o later >/dev/null
"${run[@]}" --rounds 2 -o later --resume >/dev/null
for file in fast/init.safetensors $weights; do cmp rounds/round-002/$file later/round-002/$file; done
! cmp -s rounds/round-001/fast/init.safetensors rounds/round-002/fast/init.safetensors
"${slow[@]}" --model trained --store exact.store --learn-init -o beside
! cmp -s trained/fast/init.safetensors beside/fast/init.safetensors
! cmp -s exact/$weights beside/$weights

expect() {
  local name=$1 status=0
  shift
  "$@" 2>err >/dev/null || status=$?
  echo "$name -> $status: $(sed -E 's/(xxh128|sha256):[0-9a-f]+/\1:.../g' err)"
}
expect "another start" generate --model trained --memory none.memory -o other.latents
expect "no start by now" generate --model model --memory own.memory -o other.latents
expect "replay without it" svg-memory verify own.memory --replay own.latents --model model
expect "another rank" svg-generate "${quiet[@]}" --model trained --fast-rank 3 --actions actions.txt --memory other.memory first.latents -o other.latents
expect "another model" generate --model slow --fast-init trained/fast/init.safetensors --memory other.memory -o other.latents
expect "other layers" generate --model trained --lora-targets attention,ff --memory other.memory -o other.latents
expect "no such file" generate --model model --fast-init nowhere.safetensors --memory other.memory -o other.latents
head -c 1000 trained/fast/init.safetensors >cut.safetensors
expect "cut off" generate --model model --fast-init cut.safetensors --memory other.memory -o other.latents
expect "a sentence that nobody says" "${start[@]}" --model model --ask-text sing -o other
expect "more than all" ways --learned 2 --learned-least 3 -o other
expect "back from nowhere" ways --learned 2 --learned-least 0 --ask back -o other
expect "through Adam" svg-loop start "${quiet[@]}" --model model --data walks --fast-rank 2 --write-gradient 1 -o other
expect "no later chunks" "${start[@]}" --model model --learned 4 -o other
"${fast[@]}" --model model -o without.store >/dev/null
expect "no start in common" "${slow[@]}" --model model --store without.store --learn-init -o other
rm theta.store/start.safetensors
expect "a store without its start" "${slow[@]}" --model trained --store theta.store -o other
[ ! -e other.latents ] && [ ! -e other.memory ]
