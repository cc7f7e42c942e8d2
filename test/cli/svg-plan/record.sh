# Data sets from environments: the same bytes with any number of jobs and any stops, what training reads, and what goes wrong on the way.
world="svg-world serve --world maze --profile tiny"
record=(svg-plan record -q --env "$world" --episodes 8 --chunks 4:6 --seed 3)
"${record[@]}" -o one
"${record[@]}" -j 2 -o two
diff -r one two && echo "two at a time: the same bytes"
svg-inspect --verify one
head -n 1 one/chunks.jsonl

# Killed at random moments, and resumed.
RANDOM=6
for _ in 1 2 3; do
  "${record[@]}" -o parts --resume >/dev/null 2>&1 &
  pid=$!
  sleep 0.0$((RANDOM % 90 + 10))
  kill -9 $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true
done
[ -d parts ] || "${record[@]}" -o parts --resume >/dev/null
diff -r one parts && echo "killed: the same bytes"

# A script, the table, and a model directory's encoder.
printf 'turn left 45 degrees\nturn left 45 degrees\nturn right 45 degrees\n' >script.txt
svg-plan record -q --env "$world" --script script.txt --chunks 3 --episodes 1 -o scripted
grep -o '"text":"[^"]*"' scripted/chunks.jsonl
svg-plan record -q --env "svg-world serve --world table" --chunks 2 --episodes 1 --json -o table
svg-inspect --verify table

fake() { echo "python3 '$CASE_DIR/../svg-world/fake_environment.py' $*"; }
expect() {
  local name=$1 status=0
  shift
  "$@" >/dev/null 2>err || status=$?
  echo "$name -> $status: $(grep '^svg-plan: error' err | sed "s|python3 [^\`]*|FAKE|" | cut -c1-150)"
}
expect "dies" svg-plan record -q --env "$(fake dies)" --episodes 2 --chunks 2 -o dead
expect "hangs once" svg-plan record -q --time-limit 5 --env "$(fake hangs "'$PWD/hung'")" --episodes 1 --chunks 2 -o again
expect "never answers" svg-plan record -q --time-limit 0.5 --env "sleep 30" --episodes 1 --chunks 2 -o late
expect "not finite" svg-plan record -q --env "$(fake nan)" --episodes 1 --chunks 2 -o nan
expect "no such program" svg-plan record -q --env no-such-program-here --episodes 1 --chunks 2 -o none
expect "there already" "${record[@]}" -o one
expect "other settings" svg-plan record -q --env "$world" --episodes 8 --chunks 3 --seed 3 -o one --resume
printf 'jump\njump\n' >jump.txt
expect "unknown sentence" svg-plan record -q --env "$world" --script jump.txt --chunks 2 --episodes 1 -o jumped
for folder in dead late nan none jumped; do [ ! -e $folder ]; done
# Tasks of what was recorded: back the way it came.
svg-plan record -q --env "svg-world serve --profile tiny" --episodes 1 --chunks 3 --split test --retrace -o with-tasks
grep -o '"task":.*"ctx":\[[^]]*\]' with-tasks/tasks.jsonl
grep -o '"subgoals":\[.*' with-tasks/tasks.jsonl
svg-inspect --verify with-tasks
