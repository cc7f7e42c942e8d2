# Depth and flow beside the frames: of the size that the manifest's page says, the same bytes for any -j, checked by svg-inspect.
svg-world dataset -q --profile tiny --episodes 5 --chunks 4 --seed 3 --flow -j 1 -o one
svg-world dataset -q --profile tiny --episodes 5 --chunks 4 --seed 3 --flow -j 3 -o three
svg-world dataset -q --profile tiny --episodes 5 --chunks 4 --seed 3 -o without
diff -r one three
cmp one/frames-00000.rgb without/frames-00000.rgb
ls one without
svg-world rollout -q --profile full --geometry 5 --appearance 6 --script spin --chunks 7 --flow -o walk
python3 - <<'P'
import array, json, math
read = lambda path: array.array("f", open(path, "rb").read())
row = json.loads(open("walk/episodes.jsonl").readline())
n, pixels = row["n"], row["h"] * row["w"]
depth, flow = read("walk/" + row["aux"]["depth"]), read("walk/" + row["aux"]["flow"])
assert len(depth) == n * pixels and len(flow) == 2 * n * pixels
assert all(0 < d < 30 for d in depth) and all(math.isnan(f) for f in flow[2 * (n - 1) * pixels:])
seen = [f for f in flow if not math.isnan(f)]
print(0.8 < len(seen) / len(flow) < 1, max(map(abs, seen)) < 64)
rows = [json.loads(line) for line in open("one/episodes.jsonl")]
print([(r["aux"].get("depth_offset", 0), r["aux"].get("flow_offset", 0)) for r in rows])
P
svg-inspect --verify one >/dev/null
truncate -s -4 one/flow-00000.f32
status=0
svg-inspect --verify one 2>&1 >/dev/null || status=$?
echo "cut off -> $status"
svg-world dataset -q --profile tiny --episodes 1 --chunks 2 --force -o one
ls one
