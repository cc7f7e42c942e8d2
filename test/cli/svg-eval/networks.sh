# Metrics of networks: what they are called with which weights, and what is wrong with bad ones.
clip() {  # clip FILE FRAMES FILTER
  ffmpeg -v error -f lavfi -i "testsrc2=size=40x32:rate=10" -vf "$3" -frames:v "$2" -c:v ffv1 -pix_fmt bgr0 "$1"
}
mkdir true made weights
for i in 1 2; do
  clip true/$i.mkv 20 "hue=h=$((i * 40))"
  ffmpeg -v error -i true/$i.mkv -vf "eq=brightness=0.0$i" -c:v ffv1 -pix_fmt bgr0 made/$i.mkv
done
measure() { svg-eval metrics -q --threads 1 --progress never "$@"; }
show() { python3 -c '
import json, sys
for row in map(json.loads, sys.stdin):
    if row["bucket"] == "all":
        print(row["metric"], row["profile"], "n", row["n"], "seed", row["seed"], "weights", "+".join(w[:8] for w in row["weights"].split("+")),
              "value" if row["value"] > 0 else row["value"])'; }
echo "-- drawn from the seed"
svg-eval metrics --threads 1 --progress never --reference true --generated made --metrics lpips,fvd --json -o drawn 2>log >rows
sed 's/^[^:]*: //' log
show <rows
measure --reference true --generated made --metrics lpips,fvd --json -j 2 2>/dev/null | diff rows -
measure --reference true --generated made --metrics lpips --seed 5 --json 2>/dev/null >other
show <other
! diff -q <(head -1 rows) <(head -1 other) >/dev/null || echo "the seed changes nothing"
measure --reference true --generated true --metrics lpips --json 2>/dev/null | python3 -c '
import json, sys
print(["zero" if abs(json.loads(line)["value"]) < 1e-6 else line for line in sys.stdin])'
python3 - <<'P'
import json
settings = json.load(open("drawn/settings.json"))
print(settings["settings"]["networks"] if "settings" in settings else settings)
frames = [json.loads(line) for line in open("drawn/frames.jsonl")]
videos = [json.loads(line) for line in open("drawn/videos.jsonl")]
assert len(frames) == 40 and all(f["lpips"] > 0 for f in frames)
assert abs(videos[0]["lpips"] - sum(f["lpips"] for f in frames[:20]) / 20) < 1e-12
P

echo "-- weights of a file"
cat >make.py <<'P'
import array, json, sys
def write(path, tensors):
    header, data = {}, b""
    for name, (shape, values) in tensors.items():
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * len(values)]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    open(path, "wb").write(len(text).to_bytes(8, "little") + text + data)
def some(*shape):
    count = 1
    for length in shape:
        count *= length
    return list(shape), array.array("f", ((i * 7919 % 1009 - 504) / 504 / (count / shape[0]) ** 0.5 for i in range(count)))
layers = {0: (64, 3, 11), 3: (192, 64, 5), 6: (384, 192, 3), 8: (256, 384, 3), 10: (256, 256, 3)}
trunk = {}
for k, (out, into, kernel) in layers.items():
    trunk[f"features.{k}.weight"] = some(out, into, kernel, kernel)
    trunk[f"features.{k}.bias"] = some(out)
heads = {f"lin{k}.model.1.weight": ([1, out, 1, 1], array.array("f", [1 / out] * out)) for k, (out, _, _) in enumerate(layers.values())}
write("weights/alexnet.safetensors", trunk)
write("weights/lpips_alex.safetensors", heads)
write("missing.safetensors", {name: heads[name] for name in list(heads)[1:]})
write("shape.safetensors", heads | {"lin0.model.1.weight": some(1, 32, 1, 1)})
write("nan.safetensors", heads | {"lin0.model.1.weight": ([1, 64, 1, 1], array.array("f", [float("nan")] * 64))})
P
python3 make.py
svg-eval metrics --threads 1 --progress never --reference true --generated made --metrics lpips --weights-dir weights --json 2>log | show
sed 's/^[^:]*: //' log
expect() {  # expect WHAT ARGUMENT...
  local name=$1 status=0
  shift
  measure "$@" >out 2>err || status=$?
  echo "$name -> $status: $(grep -m 1 error: err)"
  [ ! -s out ]
}
good=weights/lpips_alex.safetensors
cp $good good
for fault in missing shape nan; do
  cp $fault.safetensors $good
  expect "$fault" --reference true --generated made --metrics lpips --weights-dir weights
done
head -c 2000 good >$good
expect "cut off" --reference true --generated made --metrics lpips --weights-dir weights
echo text >$good
expect "text" --reference true --generated made --metrics lpips --weights-dir weights
cp weights/alexnet.safetensors $good
expect "another network" --reference true --generated made --metrics lpips --weights-dir weights
rm $good
expect "not there" --reference true --generated made --metrics lpips --weights-dir weights
expect "no folder" --reference true --generated made --metrics fvd --weights-dir nowhere
expect "no reference" --generated made --metrics lpips
expect "no weights" --reference true --generated made --metrics fd_efflite0

echo "-- videos that do not do"
clip short.mkv 12 null
expect "no clip of 16 frames" --reference short.mkv --generated short.mkv --metrics fvd
expect "one clip" --reference true/1.mkv --generated made/1.mkv --metrics fvd
expect "no visits" --reference true --generated made --metrics src

echo "-- visits of a manifest"
svg-world dataset -q --profile tiny --script turn-around --split test --episodes 2 --chunks 12 -o walks
measure --generated walks --metrics src --json 2>/dev/null | show
ls
