# What one evaluation has more than another: paired by episode, so the spread of the episodes themselves is not in the interval.
results() {  # results NAME ROW MORE [EPISODES]: recall of episode i is i/10 + MORE
  mkdir -p "$1"
  echo '{"split": "val", "world": "tiny", "learn_return": false, "chunks": 0}' >"$1/settings.json"
  for i in $(seq "${4:-6}"); do
    echo "{\"row\":\"$2\",\"script\":\"spin\",\"episode\":$i,\"recall_v1\":$(awk "BEGIN { print $i / 10 + $3 }"),\"src_c_rand\":null}"
  done >"$1/episodes.jsonl"
}
results base temp-lora 0.1
results other temp-lora 0.3
results none none 0
# The same episodes in another order, and a second row.
tac none/episodes.jsonl >reversed && mv reversed none/episodes.jsonl
sed 's/temp-lora/reset/' base/episodes.jsonl >>other/episodes.jsonl
svg-eval compare base other none
svg-eval compare base/ other --row temp-lora --json | python3 -c 'import json, sys; print(sorted(json.load(sys.stdin)[1]["recall_v1"].items()))'

# Several training seeds: the mean of each episode counts.
results two temp-lora 0.5
svg-eval compare base other,two
svg-eval compare base other,two --json | python3 -c 'import json, sys; print([round(m, 3) for m in json.load(sys.stdin)[1]["recall_v1"]["seeds"]])'

# A guard: worse beyond chance, or not. Six episodes cannot show it once there are two comparisons.
guard() { svg-eval compare "$@" --fail-if-worse recall_v1 >/dev/null || echo "exit $?"; }
guard base other none 2>&1
results many temp-lora 0.1 8
results more temp-lora 0.2 8
results less temp-lora 0 8
svg-eval compare many more less
guard many more 2>&1
guard many more less 2>&1

expect() {
  local name=$1 status=0
  shift
  "$@" 2>err >/dev/null || status=$?
  echo "$name -> $status: $(head -n 1 err)"
}
results fewer temp-lora 0 5
results split temp-lora 0 && sed -i 's/val/test/' split/settings.json
results torn temp-lora 0 && truncate -s -3 torn/episodes.jsonl
mkdir empty && cp base/settings.json empty && : >empty/episodes.jsonl
expect "fewer episodes" svg-eval compare base fewer
expect "another split" svg-eval compare base split
expect "seeds of other episodes" svg-eval compare base other,fewer
expect "no such row" svg-eval compare base other --row paper
expect "a torn line" svg-eval compare base torn
expect "no episode" svg-eval compare base empty
expect "no results" svg-eval compare base nowhere
expect "an unknown metric" svg-eval compare base other --fail-if-worse beauty
expect "a metric without numbers" svg-eval compare base other --fail-if-worse maze_v1
expect "one alone" svg-eval compare base
