# Plans are made, executed and recorded; killed and gone on with, the folder is the same byte for byte.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
svg-world dataset -q --profile tiny --script retrace --sentences plain --split test --episodes 3 --seed 1 -o tasks
svg-world dataset -q --profile tiny --episodes 10 --chunks 4 --seed 1 -o walks
svg-plan train "${quiet[@]}" --data walks --steps 4 --batch 4 --channels 8 -o idm > /dev/null
fast=(--steps 2 --fast-steps 12 --fast-rank 2)
with=(-q "${quiet[@]}" --model model --idm idm --tasks tasks "${fast[@]}")
plan() { svg-plan run "${with[@]}" "$@"; }
plan --count 2 --memory on -o whole
(cd whole && ls && wc -l *.jsonl | head -n 6)
svg-inspect --verify whole whole/plan-000001.latents whole/memory-000001.memory > /dev/null
wc -l < whole/memory-000000.memory/log.jsonl

svg-plan run "${with[@]}" --count 2 --memory on -o halves > /dev/null &
within 60 [ -e halves.partial/step-000000-000002.safetensors ]
kill -9 $!
wait $! 2> /dev/null || true
plan --count 2 --memory on -o halves 2>&1 || echo "exit $?"
plan --count 2 --memory off -o halves --resume 2>&1 || echo "exit $?"
plan --count 2 --memory on -o halves --resume
diff -r --exclude=timings.jsonl --exclude=lock whole halves && echo same

# In a closed loop each action is read from what the environment shows by then.
plan --count 1 --memory off --control closed-loop -o closed 2>&1 || echo "exit $?"
svg-plan train "${quiet[@]}" --data walks --steps 4 --batch 4 --channels 8 --pair-share 0.5 -o pairs > /dev/null
by_pairs=(-q "${quiet[@]}" --model model --idm pairs --tasks tasks "${fast[@]}" --count 2 --memory on --control closed-loop --act-noise 0.1)
svg-plan run "${by_pairs[@]}" -o closed
svg-plan run "${by_pairs[@]}" -o closed-halves > /dev/null &
within 60 [ -e closed-halves.partial/step-000000-000002.safetensors ]
kill -9 $!
wait $! 2> /dev/null || true
svg-plan run "${by_pairs[@]}" -o closed-halves --resume
diff -r --exclude=timings.jsonl --exclude=lock closed closed-halves && echo same

# What the environment shows goes back to the model; plans branch; subgoals come from a file or a program.
plan --count 2 --memory frozen --feedback observed --branches 3 --branch-depth 2 --scorer familiar --video none -o branched
grep -o '"branch":[0-9]*,"scores":\[[^]]*\]' branched/plan-000000.jsonl | grep -c '\(,.*\)\{3\}'
echo '{"subgoals": ["turn left 45 degrees", "stand still"]}' > two.json
plan --count 1 --subgoals two.json --video none --memory off -o from-file
grep -o '"subgoal":"[^"]*"' from-file/plan-000000.jsonl
cat > chooser.py <<'P'
import json, sys
task = json.loads(sys.stdin.readline())
print(json.dumps({"subgoals": [task["goal_text"]] + task["moves"][:1]}))
P
plan --count 1 --subgoals "command:python3 chooser.py" --video none --memory off -o from-program
grep -o '"subgoal":"[^"]*"' from-program/plan-000000.jsonl
plan --count 3 --memory swapped --batch 2 -o lonely 2>&1 || echo "exit $?"
plan --count 1 --subgoals "command:read line; echo nonsense" -o none 2>&1 || echo "exit $?"
plan --count 1 --scorer best --branches 2 -o none-either 2>&1 || echo "exit $?"
