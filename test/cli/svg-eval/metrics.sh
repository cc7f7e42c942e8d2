# Videos beside the true ones: every kind of input gives the same numbers, at any -j; what does not fit is named.
tiny_model M
video() {  # video FILE FRAMES FILTER [SIZE]
  ffmpeg -v error -f lavfi -i "testsrc2=size=${4:-32x24}:rate=10" -vf "$3" -frames:v "$2" -c:v ffv1 -pix_fmt bgr0 "$1"
}
mkdir true made
for i in 1 2 10; do
  video true/clip$i.mkv 20 "hue=h=$((i * 20))"
  ffmpeg -v error -i true/clip$i.mkv -vf "eq=brightness=0.0$i" -c:v ffv1 -pix_fmt bgr0 made/clip$i.mkv
done
measure() { svg-eval metrics -q --threads 1 --progress never "$@"; }
measure --reference true --generated made -o all | awk '{ print $1, $NF }'
measure --reference true --generated made -o again -j 3 --json >rows
diff -r all again
diff rows all/metrics.jsonl
ls all
python3 - <<'P'
import json
read = lambda name: [json.loads(line) for line in open(f"all/{name}.jsonl")]
print(*read("metrics")[0])
print([(v["video"], v["frames"], v["chunks"]) for v in read("videos")])
frames, chunks, totals = read("frames"), read("chunks"), {r["metric"]: r for r in read("metrics") if r["bucket"] == "all"}
mean = lambda values: sum(values) / len(values)
# A long video counts once, whatever its length: means of means, from the frames up.
videos = {f["video"]: [g for g in frames if g["video"] == f["video"]] for f in frames}
for key in "psnr", "ssim":
    assert abs(totals[key]["value"] - mean([mean([f[key] for f in v]) for v in videos.values()])) < 1e-12
    assert all(abs(c[key] - mean([f[key] for f in videos[c["video"]] if f["chunk"] == c["chunk"]])) < 1e-12 for c in chunks)
P

# The same pictures as a folder, a pattern, a manifest and a latent stream.
mkdir -p pictures/true pictures/made
ffmpeg -v error -i true/clip1.mkv pictures/true/%d.png
ffmpeg -v error -i made/clip1.mkv pictures/made/%d.png
measure --reference true/clip1.mkv --generated made/clip1.mkv --json >video.rows
measure --reference pictures/true --generated pictures/made --json | diff video.rows -
measure --reference pictures/true/%d.png --generated made/clip1.mkv --json | diff video.rows -
mkdir manifest
ffmpeg -v error -i made/clip1.mkv -f rawvideo -pix_fmt rgb24 manifest/clip.rgb
echo '{"ep":"clip","domain":"x","split":"test","fps":10,"n":20,"h":24,"w":32,"video":"clip.rgb"}' >manifest/episodes.jsonl
for k in 0 1; do echo "{\"ep\":\"clip\",\"k\":$k,\"in\":[$((k ? 0 : 0)),$((k * 16))],\"out\":[$((k * 16)),$((k ? 20 : 16))],\"text\":\"x\"}"; done >manifest/chunks.jsonl
measure --reference true/clip1.mkv --generated manifest --json | diff video.rows -
svg-encode -q --threads 1 --progress never --model M true/clip1.mkv true/clip2.mkv -o x.latents
mkdir decoded
for i in 1 2; do svg-decode -q --threads 1 --progress never --model M --episode clip$i x.latents -o decoded/clip$i.mkv; done
measure --model M --reference decoded --generated x.latents --metrics psnr_v1,ssim_v1 --csv
measure --model M --reference decoded --generated x.latents --metrics psnr_v1 --chunk 5 --csv | tail -1

# By itself; a film that goes back the way it came.
ffmpeg -v error -i true/clip1.mkv -filter_complex '[0]split[a][b];[b]reverse[c];[a][c]concat' -c:v ffv1 back.mkv
measure --generated back.mkv --metrics gsc_v1,scuts_content_v1 --csv | grep gsc
measure --generated made --csv | cut -d , -f 1,2 | uniq

expect() {
  local name=$1 status=0
  shift
  measure "$@" >out 2>err || status=$?
  echo "$name -> $status: $(grep -m 1 error: err)"
  [ ! -s out ]
}
head -c 4000 true/clip2.mkv >cut.mkv
video short.mkv 12 null
video wide.mkv 20 null 40x24
video one.mkv 1 null
video tiny.mkv 20 null 6x6
video odd.mkv 5 null
mkdir empty bad other
expect "another length" --reference true/clip1.mkv --generated short.mkv
expect "another length" --reference short.mkv --generated true/clip1.mkv
expect "another size" --reference true/clip1.mkv --generated wide.mkv
expect "one frame" --reference one.mkv --generated one.mkv
expect "an odd number of frames for two halves" --generated one.mkv --metrics gsc_v1
expect "an odd number of frames for two halves" --generated odd.mkv --metrics gsc_v1
expect "small frames" --reference tiny.mkv --generated tiny.mkv
expect "cut off" --generated cut.mkv
expect "an empty folder" --generated empty
expect "nothing there" --generated nowhere
expect "no such metric" --generated made --metrics psnr
expect "no reference" --generated made --metrics psnr_v1
expect "no model" --generated x.latents
head -c -100 x.latents >torn.latents
expect "a torn stream" --model M --generated torn.latents
expect "results that are there" --generated made -o all
expect "no chunk" --generated made --chunk -1
expect "two forms" --generated made --csv --json
cp made/*.mkv bad
cp cut.mkv bad/clip2.mkv
expect "a damaged video among others" --reference true --generated bad -o none
measure --generated bad --salvage --metrics scuts_content_v1 2>&1 | sed -n 1,2p
measure --model M --generated torn.latents --salvage --metrics scuts_content_v1 2>&1 | sed -n 1,2p
cp one.mkv bad/odd.mkv
expect "without counterpart" --reference true --generated bad
rm bad/clip10.mkv
measure --reference true --generated bad --skip-bad -o some --metrics psnr_v1 2>&1 >rows
head -1 rows
cut -d , -f 1,4,9 some/metrics.jsonl | head -1
rm bad/clip1.mkv
expect "nothing that can be measured" --reference true --generated bad --skip-bad
measure --generated made -o all --csv --force >/dev/null
expect "a folder of somebody else's" --generated made -o made --force
mkdir theirs
echo 1,2 >theirs/data.csv
expect "numbers of somebody else's" --generated made -o theirs --force
cat theirs/data.csv

# A stop while a pipe is waited for leaves nothing behind.
source "$CASE_DIR/../tiny.bash"
mkfifo pipe.y4m
ffmpeg -v error -i odd.mkv -pix_fmt yuv444p -f yuv4mpegpipe odd.y4m
exec 3<>pipe.y4m
cat odd.y4m >&3
svg-eval metrics -q --threads 1 --progress never --generated pipe.y4m -o stopped >out 2>err &
within 60 sh -c "test -e stopped.tmp-*"
kill -TERM $!
status=0
wait $! || status=$?
echo "stopped -> $status"
cat out err
ls
ls all
