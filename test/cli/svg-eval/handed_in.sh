# The questions of revisit as files, and the videos of systems that answer them: the world itself, one that stands still, one that has seen
# another place.
svg-eval tasks -q --scripts turn-around --episodes 2 --chunks 10 -o tasks
find tasks -type f | sort
svg-inspect --verify tasks
python3 - <<'PYTHON'
import json, os, subprocess
size = "32x16"
for line in map(json.loads, open("tasks/episodes.jsonl")):
    ep, seed = line["ep"], line["seed"]
    subprocess.run(["svg-world", "rollout", "-q", "--world", "maze", "--profile", "tiny", "--script", "turn-around", "--chunks", "10", "-o", "world", "--force",
                    "--geometry", str(seed["geometry"]), "--appearance", str(seed["appearance"]), "--path", str(seed["path"])], check=True)
    rgb = open("world/frames.rgb", "rb").read()
    frame = 32 * 16 * 3
    given = 28
    for name, frames in {"truth": rgb, "rest": rgb[given * frame:], "still": rgb[(given - 1) * frame:given * frame] * 12, "short": rgb[:30 * frame]}.items():
        path = f"{name}/{ep}.mkv"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-i", "-", "-c:v", "ffv1", path],
                       input=frames, check=True)
PYTHON
revisit() {  # name arguments...
  local name=$1
  shift
  svg-eval revisit -q --data tasks "$@" --json -o "$name" >"$name.json"
}
revisit of-truth --generated truth
for system in rest still; do revisit "of-$system" --generated $system --rows truth,generated; done
python3 - <<'PYTHON'
import json
for name in ("of-truth", "of-rest", "of-still"):
    rows = {row["row"]: row for row in json.load(open(name + ".json"))["rows"]}
    means = lambda row: {k: round(rows[row][k]["mean"], 2) for k in ("recall_v1", "recall_self_v1", "revisit_psnr") if rows[row][k]["mean"] is not None}
    print(name, *rows, "generated", means("generated"), "truth", means("truth"))
    print(" below the ceiling:", rows["generated"]["recall_v1"]["mean"] < 0.5, " episodes", rows["generated"]["episodes"])
PYTHON
echo "--- what does not fit"
refused() {
  local status=0
  rm -rf refused
  svg-eval revisit -q "$@" -o refused 2>&1 || status=$?
  echo "-> $status"
}
refused --data tasks --generated short
refused --data tasks --generated world
refused --data tasks --generated nowhere
refused --data tasks --rows none
refused --data tasks --rows generated
refused --data tasks --scripts spin
refused --data tasks --self
refused --data tasks --profile tiny
refused --rows temp-lora,loop --model "$CASE_DIR/../../../examples/models/maze-tiny"
refused --data tasks --generated truth --given 3.5
sed -i 's/cfg=1a4828b1/cfg=00000000/' tasks/episodes.jsonl
refused --data tasks --generated truth
sed -i 's/"revisit"/"revise"/' tasks/tasks.jsonl
refused --data tasks --generated truth
sed -i 's/"revise"/"revisit"/' tasks/tasks.jsonl
svg-eval tasks -q --scripts spin --episodes 1 -o tasks --force
ls -R tasks/given
status=0
svg-eval tasks -q -o tasks 2>&1 || status=$?
echo "-> $status"
