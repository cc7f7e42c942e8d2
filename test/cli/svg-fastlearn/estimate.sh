# What learning a stream would take is said before anything is loaded, and before there is a memory; frames are those of the input, where that
# is a file.
. "$CASE_DIR/../estimate.bash"
plan=(svg-fastlearn -q --threads 1 --model "$model" --estimate)
expect "ample" "${plan[@]}" --estimate-memory 40G
expect "scarce" "${plan[@]}" --estimate-memory 100M
expect "in json" "${plan[@]}" --estimate-memory 100M --json
python3 - <<'P'
import json
plan = json.load(open("out"))
assert plan["fits"] is False and plan["total_bytes"] == sum(plan["bytes"].values()) > 100 << 20
assert plan["setting"]["sampling_activations_bytes"] == 0
assert plan["bytes"]["memory"] > 0 and plan["bytes"]["activations"] == plan["setting"]["learning_activations_bytes"] > 0
P
# number KEY FLAG...: of the plan with these flags.
number() {
  local key=$1
  shift
  "${plan[@]}" --estimate-memory 1T --json "$@" | python3 -c 'import json, sys; p = json.load(sys.stdin); print((p["bytes"] | p["setting"])[sys.argv[1]])' "$key"
}
[ "$(number activations --fast-batch 4)" -lt "$(number activations --fast-batch 8)" ]
[ "$(number activations --fast-batch 8 --checkpoint-activations blocks)" -lt "$(number activations --fast-batch 8)" ]
[ "$(number memory --fast-rank 8)" -lt "$(number memory)" ]
[ "$(number memory)" -lt "$(number memory --lora-targets attention,ff)" ]
svg-generate -q --threads 1 --model "$model" --estimate --json >generate.json
python3 -c 'import json; p = json.load(open("generate.json")); assert p["setting"]["sampling_activations_bytes"] > 0, p'

# A walk in frames of another size and chunks of another length than the model's.
svg-world dataset -q --frames 8 --size 64x64 --episodes 1 --chunks 2 -o data
svg-pretrain -q --threads 1 --component vae --model "$model" --data data -o vae --steps 1 --batch 2 --validate-every 0
svg-encode -q --threads 1 --model vae data -o large.latents
echo "the model's: $(number latents) in $(number frames) frames"
echo "the input's: $(number latents large.latents) in $(number frames large.latents) frames"
echo "of --estimate-size: $(number latents --estimate-size 16x8 large.latents) in $(number frames --estimate-size 16x8 large.latents) frames"
number latents - <large.latents
expect "no memory" svg-fastlearn -q --model "$model" large.latents
expect "no such model" svg-fastlearn -q --model nowhere --estimate
expect "no such input" "${plan[@]}" nowhere.latents
