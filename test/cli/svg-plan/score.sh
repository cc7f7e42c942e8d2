# The table of a task set: rows with a model, blind ones and oracles; stopped between cells and gone on with.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
svg-world dataset -q --profile tiny --script retrace --sentences plain --split test --episodes 4 --seed 1 -o tasks
svg-world dataset -q --profile tiny --episodes 10 --chunks 4 --seed 1 -o walks
svg-plan train "${quiet[@]}" --data walks --steps 4 --batch 4 --channels 8 -o idm > /dev/null
with=(-q "${quiet[@]}" --model model --idm idm --tasks tasks --count 4 --batch 2 --steps 2 --fast-steps 2 --fast-rank 2)
svg-plan score "${with[@]}" --rows inverse-replay,text-only,oracle --act-noise 0,0.1 -o plain | cut -c1-60
score() { svg-plan score "${with[@]}" --rows none,temp-lora,swapped,oracle-generation,oracle-idm,oracle-execution,loop --loop-model model \
  --feedback generated --act-noise 0.1 "$@"; }
score -o whole --json > whole.json
python3 - <<'P'
import json
table = json.load(open("whole.json"))
rows = {c["row"]: c for c in table["cells"]}
print(table["tasks"], list(rows), [(d["of"], d["minus"]) for d in table["differences"]])
for cell in table["cells"]:
    assert cell["failed"] == 0 and cell["dist"]["n"] == 4 and cell["success"]["n"] == 4, cell
# The same weights under another name.
assert rows["loop"]["dist"] == rows["temp-lora"]["dist"]
P
# A plan that sees nothing of what came of it is made once for all amounts of noise.
svg-plan score "${with[@]}" --rows none,temp-lora,oracle-idm --feedback generated,observed --act-noise 0,0.1 -o both --json > both.json
python3 - <<'P'
import json
alone, both = ({c["row"]: c for c in json.load(open(f"{name}.json"))["cells"] if c["noise"] == 0.1 and c["feedback"] == "generated"}
               for name in ("whole", "both"))
assert both == {row: alone[row] for row in ("none", "temp-lora", "oracle-idm")}, both
P
# As a run leaves it that was stopped between two cells: a batch of one row is there, and a torn line.
mkdir part
cp whole/settings.json part
{ head -n 2 whole/results.jsonl; printf '{"row":"none","fee'; } > part/results.jsonl
score -o part --resume --json > part.json
cmp whole.json part.json
diff whole/results.jsonl part/results.jsonl
score -o whole 2>&1 || echo "exit $?"
score -o whole --resume --guidance 2 2>&1 || echo "exit $?"
score -o none --rows best 2>&1 || echo "exit $?"
svg-plan score "${with[@]}" --rows loop -o none 2>&1 || echo "exit $?"
# The parts of a job array, side by side in one folder: what one process makes.
score --shard 1/2 -o parts > /dev/null &
score --shard 2/2 -o parts > /dev/null
wait $!
ls parts
score -o parts --resume --json | cmp - whole.json
cat parts/results-*.jsonl | sort | cmp - <(sort whole/results.jsonl)
score --shard 1/2 -o parts 2>&1 || echo "exit $?"
score --shard 3/2 -o parts 2>&1 || echo "exit $?"
score --shard 3/3 -o parts | head -n 1  # more parts than batches: one has nothing to do
# Tasks of different lengths, followed in a closed loop, with amounts of noise for which a plan is made once.
svg-world dataset -q --world table --profile tiny --script cubes-back --sentences plain --split test --episodes 4 --seed 5 -o back
svg-world dataset -q --world table --profile tiny --script fumble --sentences plain --episodes 10 --chunks 4 --seed 1 -o fumbles
svg-plan train "${quiet[@]}" --data fumbles --steps 4 --batch 4 --channels 8 --pair-share 0.9 --far-share 0.5 -o hand > /dev/null
hand=(-q "${quiet[@]}" --model model --idm hand --tasks back --count 4 --batch 2 --steps 2 --feedback generated --control closed-loop)
svg-plan score "${hand[@]}" --rows none,oracle,oracle-generation --act-noise 0,0.1 -o hands --json > hands.json
svg-plan score "${hand[@]}" --rows none,oracle-generation --act-noise 0.1 -o noisy --json > noisy.json
python3 - <<'P'
import json
lengths = {len(json.loads(line)["subgoals"]) for line in open("back/tasks.jsonl")}
hands, noisy = (json.load(open(name))["cells"] for name in ("hands.json", "noisy.json"))
print(len(lengths) > 1, [(c["row"], c["noise"]) for c in hands])
assert all(c["failed"] == 0 and c["dist"]["n"] == 4 for c in hands)
assert [c for c in hands if c["noise"] and c["row"] != "oracle"] == noisy
# The oracle looks where it is: noise does not add up.
assert all(c["dist"]["mean"] < 0.05 for c in hands if c["row"] == "oracle"), hands
P
# Where every environment fails there is nothing to score: 69 where they are dead, 65 where they talk nonsense.
svg-plan score "${with[@]}" --rows random --env "exit 3" -o dead 2>&1 || echo "exit $?"
svg-plan score "${with[@]}" --rows random --env "echo hello" -o nonsense 2>&1 || echo "exit $?"
# How true and generated frames are read, move by move.
svg-plan read -q "${quiet[@]}" --model model --idm idm --tasks tasks --count 4 --batch 2 --steps 2 --json > read.json
python3 - <<'P'
import json
moves = json.load(open("read.json"))["moves"]
print(len(moves), [list(m) for m in moves][-1], moves[-1]["move"])
for move in moves[:-1]:
    assert move["chunks"] <= 4 and all(move[k]["n"] == move["chunks"] for k in ("recorded", "coded", "shown", "as_asked", "as_shown")), move
assert moves[-1]["chunks"] == sum(m["chunks"] for m in moves[:-1])
P
svg-plan read -q "${quiet[@]}" --model model --idm idm --tasks tasks --env "exit 3" 2>&1 || echo "exit $?"
svg-plan read -q "${quiet[@]}" --model model --idm idm --tasks tasks --env "svg-world serve --profile tiny | sed -u 's/\"snapshot\",*//'" 2>&1 || echo "exit $?"
