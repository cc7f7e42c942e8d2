# Recorded data under the ruler: the layouts of MIND, LoopNav and Memory Maze, made here from walks of our own, as manifests; then what a system
# made of them, laid out as each benchmark wants it.
command -v ffmpeg >/dev/null || { echo "no ffmpeg" && exit 77; }
import=$CASE_DIR/../../../examples/data/import.py
svg-world dataset -q --world maze --profile tiny --script turn-around --split test --episodes 2 --chunks 11 -o walks
python3 - <<'PYTHON'
import io, json, math, os, struct, subprocess, zipfile
def video(path, frames):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    codec = ["-c:v", "ffv1"] if path.endswith((".avi", ".mkv")) else ["-c:v", "libx264rgb", "-qp", "0"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "32x16", "-r", "20", "-i", "-", *codec, path],
                   input=frames, check=True)
def npy(kind, shape, body):
    head = ("{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (kind, tuple(shape))).encode()
    head += b" " * (64 - (len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + body
frame, given = 32 * 16 * 3, 28
for i, line in enumerate(map(json.loads, open("walks/episodes.jsonl"))):
    n = line["n"]
    with open("walks/" + line["video"], "rb") as file:
        file.seek(line.get("video_offset", 0))
        rgb = file.read(n * frame)
    with open("walks/" + line["pose"], "rb") as file:
        file.seek(line.get("pose_offset", 0))
        poses = list(struct.iter_unpack("<5f", file.read(20 * n)))
    # MIND: two roots of one shape; what is generated begins at mark_time.
    here = f"mind/1st_data/test/mem_test/data-{i}"
    video(f"{here}/video.mp4", rgb)
    data = [{"time": t, "ws": 0 if t % 3 else 2, "ad": None, "lr": 0, "actor_pos": {"x": 100 * x, "y": 100 * y, "z": 50},
             "actor_rpy": {"x": 0, "y": 0, "z": yaw}} for t, (x, y, z, yaw, pitch) in enumerate(poses)]
    json.dump({"mark_time": given, "total_time": n, "caption": "a maze", "data": data}, open(f"{here}/action.json", "w"))
    video(f"of-mind/1st_data/mem_test/data-{i}/video.mp4", rgb[given * frame:])
    # LoopNav: the goal is far until the way back begins.
    here = f"loopnav/ABA/5/village_{i}"
    video(f"{here}/walk.avi", rgb)
    x, y = poses[0][:2]
    far, near = {"x": x + 9, "z": y}, {"x": x, "z": y}
    json.dump([{"x": px, "y": 64, "z": py, "yaw": math.radians(yaw), "pitch": 0, "goal": far if t <= given else near,
                "action": {"forward": True, "camera": [0.1, 0]}, "extra_info": {"nvtype": "ABA", "nvrange": 5}}
               for t, (px, py, _, yaw, _) in enumerate(poses)], open(f"{here}/walk.json", "w"))
    video(f"of-loopnav/ABA/5/village_{i}/walk.mkv", rgb[:given * frame] + rgb[(given - 1) * frame:given * frame] * (n - given))
    # Memory Maze: one file an episode.
    os.makedirs("maze", exist_ok=True)
    with zipfile.ZipFile(f"maze/walk{i}.npz", "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("image.npy", npy("|u1", (n, 16, 32, 3), rgb))
        z.writestr("action.npy", npy("|b1", (n, 6), bytes(6 * n)))
        z.writestr("agent_pos.npy", npy("<f8", (n, 2), b"".join(struct.pack("<2d", *p[:2]) for p in poses)))
        z.writestr("agent_dir.npy", npy("<f8", (n, 2), b"".join(struct.pack("<2d", math.cos(math.radians(p[3])), math.sin(math.radians(p[3]))) for p in poses)))
    video(f"of-maze/walk{i}.mkv", rgb)
PYTHON
python3 "$import" mind mind --frames 4 -o mind.data
python3 "$import" loopnav loopnav --frames 4 -o loopnav.data
python3 "$import" memory-maze maze --frames 4 --given 28 -o maze.data
for name in mind loopnav maze; do svg-inspect --verify $name.data; done
head -2 mind.data/tasks.jsonl
sed -n 1p mind.data/chunks.jsonl
sed -n 8p loopnav.data/chunks.jsonl
measure() {  # name radius rows
  svg-eval revisit -q --threads 1 --data $1.data --place-radius $2 --generated of-$1 --rows $3 --json -o results-$1 >$1.json
  python3 - $1.json <<'PYTHON'
import json, sys
for row in json.load(open(sys.argv[1]))["rows"]:
    keys = [k for k in ("psnr_v1", "ssim_v1", "revisit_psnr", "revisit_psnr@1-32", "src_c_rand", "self_psnr") if isinstance(row.get(k), dict) and row[k]["mean"] is not None]
    print(sys.argv[1], row["row"], {k: round(row[k]["mean"]) for k in keys}, row["queries"])
PYTHON
}
measure mind 5 truth,generated
measure loopnav 0.05 replay,unrelated,generated
measure maze 0.05 generated
echo "--- a model of ours on them"
model=$CASE_DIR/../../../examples/models/maze-tiny
svg-eval revisit -q --threads 1 --device cpu --data maze.data --model "$model" --rows none,temp-lora,swapped,oracle --fast-steps 2 --json -o ours >ours.json
python3 - <<'PYTHON'
import json
rows = json.load(open("ours.json"))["rows"]
print(*(f"{row['row']} {row['episodes']}" for row in rows), all(row["psnr_v1"]["mean"] > 3 for row in rows))
print([line["memory"] and line["memory"]["chunks"] for line in map(json.loads, open("ours/episodes.jsonl"))])
PYTHON
echo "--- data without tasks"
svg-eval revisit -q --data walks --given 28 --rows truth,replay,unrelated --json -o plain >plain.json
python3 - <<'PYTHON'
import json
print([(row["row"], round(row["revisit_psnr"]["mean"])) for row in json.load(open("plain.json"))["rows"]])
PYTHON
refused() {
  local status=0
  "$@" 2>&1 || status=$?
  echo "-> $status"
}
refused svg-eval revisit -q --data walks --rows truth -o x
refused svg-eval revisit -q --data walks --given 44 --rows truth -o x
refused svg-eval revisit -q --data mind.data --model "$model" --rows truth --chunks 4 -o x
rm mind.data/videos/1st_data/mem_test/data-1/video.mp4
refused svg-eval revisit -q --data mind.data --rows truth -o x
truncate -s 40 maze.data/pose.f32
refused svg-eval revisit -q --data maze.data --rows truth -o y
echo "--- recordings that are damaged"
echo '{"mark_time": 900, "data": []}' >mind/1st_data/test/mem_test/data-1/action.json
refused python3 "$import" mind mind --frames 4 -o again
refused python3 "$import" mind mind --frames 4 -o again --skip-bad
head -c 300 maze/walk0.npz >maze/walk0.tmp && mv maze/walk0.tmp maze/walk0.npz
refused python3 "$import" memory-maze maze --frames 4 --given 28 -o again2
refused python3 "$import" loopnav mind -o again2
refused python3 "$import" mind mind -o mind.data
ls -d again*
