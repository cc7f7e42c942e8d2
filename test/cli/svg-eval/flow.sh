# MAWE and dynamic degree: of a world's own flow, and of a file that somebody else's network wrote.
measure() { svg-eval metrics -q --threads 1 --progress never "$@"; }
svg-world rollout -q --profile full --geometry 2000005 --appearance 2000006 --script turn-around --chunks 12 --flow -o walk
film() { ffmpeg -v error -f rawvideo -pix_fmt rgb24 -s 64x64 -r 10 -i "$1/frames.rgb" -vf "${3:-null}" -c:v ffv1 -pix_fmt bgr0 "$2"; }
mkdir seen
film walk same.mkv
film walk frozen.mkv loop=loop=-1:size=1,trim=end_frame=192
film walk large.mkv scale=128:128:flags=neighbor
number() { python3 -c '
import csv, sys
rows = {r["metric"]: r for r in csv.DictReader(sys.stdin) if r["bucket"] == "all"}
print(*(float(rows[name]["value"]) if rows[name]["value"] else "-" for name in sys.argv[1:]))' "$@"; }
echo "-- the truth goes where flow says, a frozen picture does not"
for video in same frozen; do measure --generated $video.mkv --reference walk --metrics mawe_gt_v1,dyn_gt_v1 --csv | number mawe_gt mawe_gt_reference mawe_gt_still_pairs dyn_gt; done >numbers
python3 - <<'P'
same, frozen = ([float(x) for x in line.split()] for line in open("numbers"))
assert same[0] == same[1] == frozen[1]
assert 0 < same[0] < frozen[0] / 2, (same, frozen)
print("still pairs", same[2], "dynamic", same[3])
P
measure --generated walk --metrics mawe_gt_v1 --csv | number mawe_gt | diff - <(cut -d ' ' -f 1 numbers | head -1)

echo "-- a file of flow, of the frames' size and of another"
cat >convert.py <<'P'
import array, json, math, sys
row = json.loads(open("walk/episodes.jsonl").readline())
n, h, w = row["n"], row["h"], row["w"]
flow = array.array("f", open("walk/flow.f32", "rb").read())[:(n - 1) * 2 * h * w]
if sys.argv[2] == "large":  # each pixel four times, of twice the length
    rows = [flow[i * w:(i + 1) * w] for i in range((n - 1) * 2 * h)]
    flow = array.array("f", (2 * v for r in rows for _ in range(2) for v in r for _ in range(2)))
    h, w = 2 * h, 2 * w
def write(path, shape, descr="<f4"):
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    open(path, "wb").write(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + flow.tobytes())
write(sys.argv[1], (n - 1, 2, h, w))
if len(sys.argv) > 3:
    write("seen/short.npy", (n - 2, 2, h, w))
    write("seen/torn.npy", (n + 1, 2, h, w))
    write("seen/double.npy", (n - 1, 2, h, w), "<f8")
    write("seen/flat.npy", ((n - 1) * 2, h, w))
P
python3 convert.py seen/same.npy small more
python3 convert.py seen/large.npy large
measure --generated same.mkv --flow seen --metrics mawe_flow_v1,dyn_v1 --csv | number mawe_flow | diff - <(cut -d ' ' -f 1 numbers | head -1)
measure --generated same.mkv --flow seen --metrics mawe_flow_v1,dyn_v1 --csv | number dyn
measure --generated large.mkv --flow seen --metrics mawe_flow_v1,dyn_v1 --csv | number dyn
measure --generated same.mkv --flow seen --metrics mawe_flow_v1 -o rows >/dev/null
head -2 rows/frames.jsonl | cut -c 1-70
expect() {
  local name=$1 status=0
  shift
  measure "$@" >out 2>err || status=$?
  echo "$name -> $status: $(grep -m 1 error: err)"
  [ ! -s out ]
}
echo "-- refused"
expect "no flow in the manifest" --generated same.mkv --metrics mawe_gt_v1
expect "another size" --generated large.mkv --metrics mawe_gt_v1 --reference walk
expect "no --flow" --generated same.mkv --metrics dyn_v1
expect "no file" --generated frozen.mkv --flow seen --metrics dyn_v1
for fault in short torn double flat; do
  cp same.mkv $fault.mkv
  expect $fault --generated $fault.mkv --flow seen --metrics mawe_flow_v1
done
echo text >seen/text.npy
cp same.mkv text.mkv
expect text --generated text.mkv --flow seen --metrics mawe_flow_v1
