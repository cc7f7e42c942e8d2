# The first chunk alone is given: what the model shows on the way back is compared with what it showed on the way out.
model=$CASE_DIR/../../../examples/models/maze-tiny
revisit() {
  svg-eval revisit -q --threads 1 --device cpu --model "$model" --scripts turn-around --episodes 2 --batch 2 --fast-steps 2 --json "$@"
}
revisit --self --rows truth,none,temp-lora,swapped -o self >self.json
python3 - self.json <<'PYTHON'
import json, sys
rows = {row["row"]: row for row in json.load(open(sys.argv[1]))["rows"]}
print(*rows)
# The true walk is itself on its way back, and a model's is judged by itself, not by the truth.
for metric in ("recall_self_v1", "self_ssim", "maze_v1"):
    print(metric, rows["truth"][metric]["mean"] > 0.9, all(0 <= row[metric]["mean"] <= 1 for row in rows.values()))
print("given past:", rows["temp-lora"]["recall_past_v1"]["n"])
PYTHON
# Which memory an episode was asked with: none, its own, that of another.
python3 - <<'PYTHON'
import json
memory = {}
for line in map(json.loads, open("self/episodes.jsonl")):
    memory.setdefault(line["row"], []).append(line["memory"])
print("none", memory["none"], "temp-lora", [m["chunks"] for m in memory["temp-lora"]])
print("swapped are those of temp-lora:", [m["hash"] for m in memory["swapped"]] == [m["hash"] for m in memory["temp-lora"]][::-1])
PYTHON
status=0
revisit --self --rows replay -o replay 2>&1 || status=$?
echo "replay -> $status"
# Several samplings: their mean, each with a memory of its own.
revisit --rows temp-lora --samples 2 -o two >/dev/null
revisit --rows temp-lora -o first >/dev/null
python3 - <<'PYTHON'
import json
two, first = ([json.loads(line) for line in open(f"{name}/episodes.jsonl")] for name in ("two", "first"))
print(*(len(line["memory"]["hash"]) for line in two), two[0]["memory"]["hash"][0] == first[0]["memory"]["hash"])
PYTHON
