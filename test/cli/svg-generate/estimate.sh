# What generating would take is said before anything is loaded; episodes in step have a memory and windows each.
. "$CASE_DIR/../estimate.bash"
plan=(svg-generate -q --threads 1 --model "$model" --estimate)
expect "a chunk and its learning" "${plan[@]}" --estimate-memory 40G
# number KEY FLAG...: of the plan with these flags.
number() {
  local key=$1
  shift
  "${plan[@]}" --estimate-memory 1T --json "$@" | python3 -c 'import json, sys; p = json.load(sys.stdin); print((p["bytes"] | p["setting"])[sys.argv[1]])' "$key"
}
[ "$(number sampling_activations_bytes)" -lt "$(number sampling_activations_bytes --guidance 9)" ]
[ "$(number memory --no-fast)" = 0 ]

mkfifo pipe
requests() { for k in $(seq "$1"); do echo "{\"input\": \"pipe\", \"actions\": [\"turn left\"], \"output\": \"$k.latents\"}"; done; }
requests 1 >one.jsonl
requests 5 >five.jsonl
for key in episodes memory activations; do
  [ "$(number $key --episodes one.jsonl)" = "$(number $key 2>&1)" ]
  [ "$(number $key --episodes five.jsonl)" -gt "$(number $key --episodes five.jsonl --batch 3)" ]
  [ "$(number $key --episodes five.jsonl --batch 3)" -gt "$(number $key --episodes one.jsonl)" ]
  [ "$(number $key --episodes five.jsonl --batch 8)" = "$(number $key --episodes five.jsonl)" ]
done
[ "$(number memory --episodes five.jsonl)" = $((5 * $(number memory))) ]
expect "five" "${plan[@]}" --episodes five.jsonl --estimate-memory 100M
expect "no such file" "${plan[@]}" --episodes nowhere.jsonl
expect "no such input" "${plan[@]}" nowhere.latents
