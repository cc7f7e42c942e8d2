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

RANDOM=7
for _ in $(seq 8); do
  svg-generate "${flags[@]}" --episodes parts.jsonl --resume 2>>repairs.txt &
  pid=$!
  sleep 0.$(printf %03d $((RANDOM % 900)))
  kill -9 $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true
done
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
size=$(stat -c %s whole-b.latents)
back b $((size * 2 / 3)) 4
svg-generate "${flags[@]}" --episodes parts.jsonl --resume 2>>repairs.txt
for name in a b; do cmp whole-$name.latents parts-$name.latents; done
same_memory whole-b.memory parts-b.memory

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
two "memories of another age" whole-a.memory y.latents new.memory
[ ! -e new.memory ]
two "no folder for the second" m.memory nowhere/y.latents n.memory
ls -d x.latents* y.latents* bad.memory 2>/dev/null || echo "nothing is left"
expect "beside an input" svg-generate "${flags[@]}" --episodes whole.jsonl --actions actions.txt
expect "beside a budget" svg-generate "${flags[@]}" --episodes whole.jsonl --fast-budget 5%
expect "no such file" svg-generate "${flags[@]}" --episodes nowhere.jsonl
