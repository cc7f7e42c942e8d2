# What a run would take is said before anything is loaded, and before --data or -o is needed; the exit status says whether it fits.
. "$CASE_DIR/../estimate.bash"
plan=(svg-pretrain -q --threads 1 --model "$model" --past 4 --future 4 --estimate)
expect "ample" "${plan[@]}" --estimate-memory 40G
expect "scarce" "${plan[@]}" --estimate-memory 100M
expect "in json" "${plan[@]}" --estimate-memory 100M --json
python3 - <<'P'
import json
plan = json.load(open("out"))
assert plan["fits"] is False and plan["available_bytes"] == 100 << 20
assert plan["total_bytes"] == sum(plan["bytes"].values()) > 100 << 20
assert plan["bytes"]["moments"] == 2 * plan["bytes"]["weights"] and plan["bytes"]["activations"] > 0
P
expect "this machine" "${plan[@]}"
# More of everything takes more, and what is meant to take less does.
activations() { "${plan[@]}" --estimate-memory 1T --json "$@" | python3 -c 'import json, sys; print(json.load(sys.stdin)["bytes"]["activations"])'; }
[ "$(activations --batch 4)" -lt "$(activations --batch 8)" ]
[ "$(activations --batch 4 --checkpoint-activations blocks)" -lt "$(activations --batch 4)" ]
[ "$(activations --batch 4 --estimate-size 32x16)" = "$(activations --batch 4)" ]
[ "$(activations --batch 4 --estimate-size 64x32)" -gt "$(activations --batch 4)" ]
expect "no such size" "${plan[@]}" --estimate-size 64
expect "no such amount" "${plan[@]}" --estimate-memory much
expect "no such model" svg-pretrain -q --model nowhere --estimate
expect "without --estimate" svg-pretrain -q --model "$model" --json
expect "neither data nor estimate" svg-pretrain -q --model "$model" -o run
expect "no output" svg-pretrain -q --model "$model" --data data
[ ! -e run ]
