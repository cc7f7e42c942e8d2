# The one network whose published weights a package ships, on walks that svg-world draws. Skipped where cmake/bootstrap.sh has not fetched it.
weights=${SVG_CACHE:-$HOME/.cache/svg}/weights
[ -f "$weights/efficientnet_lite0.safetensors" ] || exit 77
measure() { svg-eval metrics -q --threads 1 --progress never --weights-dir "$weights" "$@"; }
svg-world dataset -q --profile view --script turn-around --split test --episodes 2 --chunks 10 -o true
# What stands still after half a second keeps its places, and is far from the truth.
python3 - <<'P'
import json, os, shutil
shutil.copytree("true", "still")
row = json.loads(open("true/episodes.jsonl").readline())
size = row["h"] * row["w"] * 3
for name in {json.loads(line)["video"] for line in open("true/episodes.jsonl")}:
    data = bytearray(open(f"true/{name}", "rb").read())
    for at in range(5 * size, len(data), size):
        data[at:at + size] = data[4 * size:5 * size]
    open(f"still/{name}", "wb").write(data)
P
measure --generated true --metrics src_efflite0 --json >rows
measure --reference true --generated still --metrics src_efflite0,fd_efflite0 --json >>rows
measure --reference true --generated true --metrics fd_efflite0 --json >>rows
python3 - <<'P'
import json
for row in map(json.loads, open("rows")):
    if row["bucket"] == "all":
        print(row["metric"], row["profile"], row["weights"][:12], "n", row["n"], "seed", row["seed"], f"{abs(row['value']):.{0 if row['metric'].startswith('fd') else 1}f}")
P
