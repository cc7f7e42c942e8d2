# Many episodes in one run: killed at random moments and resumed they are the same, to the byte; what is wrong with one is said.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
flags=(--model model --steps 3 --fast-rank 2 --fast-steps 2 "${quiet[@]}")
walk='["turn left", "turn right", {"action": "walk forward", "chunks": 3}, "turn left", "walk forward"]'
# episodes PREFIX: two with as many chunks, one with fewer; one without a memory of its own.
episodes() {
  printf '{"input": "first.latents", "actions": %s, "output": "%s-%s.latents", "memory": "%s-%s.memory"}\n' "$walk" "$1" a "$1" a
  printf '{"input": "first.latents", "actions": "actions.txt", "output": "%s-b.latents", "memory": "%s-b.memory"}\n' "$1" "$1"
  printf '\n{"input": "first.latents", "actions": ["turn right"], "output": "%s-c.latents"}\n' "$1"
}
printf 'turn right\nwalk forward\nturn left\nturn left\nturn left\nwalk forward\nwalk forward\n' >actions.txt
episodes whole >whole.jsonl
episodes parts >parts.jsonl
svg-generate "${flags[@]}" --episodes whole.jsonl
for name in a b c; do echo "$name: $(generated whole-$name.latents) chunks"; done
[ ! -e whole-c.memory ]
wc -l <whole-a.memory/timings.jsonl

# Killed soon after something more is written; at least half of the kills must come before the end.
RANDOM=7
sizes() { { stat -c %s parts-?.latents.partial 2>/dev/null || true; } | paste -sd ' '; }
further() { [ "$(sizes)" != "$1" ] || ! kill -0 "$2" 2>/dev/null; }
hits=0
for _ in $(seq 6); do
  before=$(sizes)
  svg-generate "${flags[@]}" --episodes parts.jsonl --resume 2>>repairs.txt &
  pid=$!
  within 60 further "$before" $pid
  sleep 0.$(printf %03d $((RANDOM % 80)))
  kill -9 $pid 2>/dev/null && hits=$((hits + 1))
  wait $pid 2>/dev/null || true
done
[ $hits -ge 3 ] || echo "only $hits of 6 kills came before the end"
svg-generate "${flags[@]}" --episodes parts.jsonl --resume 2>>repairs.txt
for name in a b c; do cmp whole-$name.latents parts-$name.latents; done
same_memory whole-a.memory parts-a.memory
same_memory whole-b.memory parts-b.memory

# Stopped between two of them: one has a chunk and its revision, or is whole, when the other has not.
back() {  # back NAME BYTES REVISION: as a stop would have left it
  head -c "$2" whole-$1.latents >parts-$1.latents.partial
  rm parts-$1.latents
  svg-memory checkout -q parts-$1.memory@$3 && svg-memory forget -q parts-$1.memory@$(($3 + 1))..7 >/dev/null
}
for name in a b; do
  size=$(stat -c %s whole-$name.latents)
  back $name $((size * 2 / 3)) 4
  svg-generate "${flags[@]}" --episodes parts.jsonl --resume 2>>repairs.txt
  for each in a b; do cmp whole-$each.latents parts-$each.latents; done
  same_memory whole-$name.memory parts-$name.memory
done

expect() {
  local name=$1 status=0
  shift
  "$@" 2>err >/dev/null || status=$?
  echo "$name -> $status: $(head -n 1 err)"
}
bad() { printf '%s\n' "$2" >bad.jsonl && expect "$1" svg-generate "${flags[@]}" --episodes bad.jsonl; }
bad "no JSON" '{"input"'
bad "no object" '[]'
bad "unknown key" '{"input": "first.latents", "actions": [], "output": "x.latents", "memry": "m"}'
bad "no output" '{"input": "first.latents", "actions": []}'
bad "standard output" '{"input": "first.latents", "actions": [], "output": "-"}'
bad "no such input" '{"input": "nowhere.latents", "actions": [], "output": "x.latents"}'
bad "no such actions" '{"input": "first.latents", "actions": "nowhere.txt", "output": "x.latents"}'
bad "an action with an unknown key" '{"input": "first.latents", "actions": [{"act": "turn left"}], "output": "x.latents"}'
bad "an action that is a number" '{"input": "first.latents", "actions": [3], "output": "x.latents"}'
bad "nothing" ''
two() { bad "$1" "$(printf '{"input": "first.latents", "actions": ["turn left"], "output": "x.latents", "memory": "%s"}\n{"input": "first.latents", "actions": ["turn left"], "output": "%s", "memory": "%s"}' "$2" "$3" "$4")"; }
two "one output for two" m.memory x.latents n.memory
two "one memory for two" m.memory y.latents m.memory@0
two "one memory, spelled in two ways" m.memory y.latents ./m.memory/
bad "a revision that is no number" '{"input": "first.latents", "actions": [], "output": "x.latents", "memory": "m@x"}'
two "no folder for the second" m.memory nowhere/y.latents n.memory
ls -d x.latents* y.latents* m.memory n.memory 2>/dev/null || echo "nothing is left"
expect "beside an input" svg-generate "${flags[@]}" --episodes whole.jsonl --actions actions.txt
expect "beside a loss to stop at" svg-generate "${flags[@]}" --episodes whole.jsonl --fast-until 0.1
expect "a batch of no episodes" svg-generate "${flags[@]}" --batch 3 --actions actions.txt first.latents
expect "another batch" svg-generate "${flags[@]}" --episodes parts.jsonl --resume --batch 1
expect "beside a budget" svg-generate "${flags[@]}" --episodes whole.jsonl --fast-budget 5%
expect "no such file" svg-generate "${flags[@]}" --episodes nowhere.jsonl

# Memories of different age cannot learn in step: they are batches of their own.
printf '{"input": "first.latents", "actions": ["turn left"], "output": "old.latents", "memory": "whole-a.memory"}\n{"input": "first.latents", "actions": ["turn left"], "output": "new.latents", "memory": "new.memory"}\n' >ages.jsonl
svg-generate "${flags[@]}" --episodes ages.jsonl
svg-memory log whole-a.memory | tail -n 1 | cut -c1-20

# Fewer actions than the stopped run had take nothing back.
one=(svg-generate "${flags[@]}" first.latents -o one.latents --memory one.memory)
"${one[@]}" --actions actions.txt
cp -r one.memory before.memory
head -c -1 one.latents >one.latents.partial && rm one.latents
head -n 3 actions.txt >fewer.txt
expect "fewer actions" "${one[@]}" --actions fewer.txt --resume
same_memory before.memory one.memory
