# Shards of one evaluation, joined: the lines and the table of one process.
model=$CASE_DIR/../../../examples/models/maze-tiny
revisit() {
  svg-eval revisit -q --threads 1 --device cpu --model "$model" --scripts turn-around,spin --episodes 2 --batch 1 --rows truth,replay "$@"
}
revisit -o whole >whole.md
for i in 1 2 3; do revisit --shard $i/3 -o part$i >/dev/null; done
wc -l part?/episodes.jsonl
svg-eval gather part1 part2 part3 -o joined >joined.md
# Seconds are no two processes' alike.
timeless() { python3 -c '
import json, sys
print(*sorted(json.dumps({k: v for k, v in json.loads(line).items() if not k.endswith("_sec")}) for line in open(sys.argv[1])), sep="\n")' "$1/episodes.jsonl"; }
diff <(timeless whole) <(timeless joined)
cmp whole/settings.json joined/settings.json
diff <(grep -c '^|' whole.md) <(grep -c '^|' joined.md)

expect() {
  local name=$1 status=0
  shift
  "$@" 2>err >/dev/null || status=$?
  echo "$name -> $status: $(head -n 1 err)"
}
expect "a missing shard" svg-eval gather part1 part3 -o two
sed -i '$d' part3/episodes.jsonl
expect "a cell is missing" svg-eval gather part1 part2 part3 -o three
expect "taken as it is" svg-eval gather part1 part2 part3 -o four --partial
expect "twice" svg-eval gather part1 part2 part1 -o five
expect "there already" svg-eval gather part1 part2 part3 -o joined --partial
revisit --seed 1 --shard 2/3 --rows truth -o other >/dev/null
expect "other settings" svg-eval gather part1 other -o six
expect "no results" svg-eval gather part1 nowhere -o seven

# Recorded data of scripts that are not as many: the plan counts each.
svg-eval tasks -q --scripts turn-around,spin --episodes 2 -o tasks
sed -i '$d' tasks/tasks.jsonl
for i in 1 2; do svg-eval revisit -q --data tasks --rows truth,replay --batch 1 --shard $i/2 -o uneven$i >/dev/null; done
expect "scripts of two and of one" svg-eval gather uneven1 uneven2 -o uneven
expect "one shard of them" svg-eval gather uneven1 -o lacking
for shard in 0/3 4/3 2 a/b 1/3x /3; do expect "shard $shard" revisit --shard $shard -o eight; done
ls
