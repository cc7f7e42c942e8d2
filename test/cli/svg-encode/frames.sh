# Which frames of a video, at which rate; folders of pictures; bad files among good ones; two videos of one name.
tiny_model M
ffmpeg -v error -f lavfi -i testsrc=size=32x32:rate=10 -frames:v 12 -c:v ffv1 -pix_fmt bgr0 a.mkv
ffmpeg -v error -i a.mkv -vf "setpts='if(lt(N,6),N*0.1,0.6+(N-6)*0.5)/TB'" -vsync passthrough -enc_time_base 1/1000 -c:v ffv1 uneven.mkv
about() { svg-inspect --json $1 | python3 -c 'import json,sys
s = json.load(sys.stdin)["streams"][0]
chunks = [r for r in s["records"] if r["kind"] == "chunk"]
frames = {}
for c in chunks: frames[c["episode"]] = frames.get(c["episode"], 0) + c["frames"]
print(round(s["stream"]["fps"], 2), frames)'; }
encode() {
  local status=0
  svg-encode --threads 1 --model M "$@" -o x.latents 2>err || status=$?
  [ $status = 0 ] && about x.latents || echo "status $status"
  grep -E "warning|error" err | cut -c1-150 || true
}
for flags in "" "--fps 5" "--assume-fps 20" "--every 3" "--start 0.5 --duration 0.3"; do echo "$flags: $(encode a.mkv $flags)"; done
svg-inspect --provenance x.latents | grep -o '"start":0.5,"duration":0.3'
encode uneven.mkv
mkdir pictures
ffmpeg -v error -i a.mkv pictures/%d.png
encode pictures
rm pictures/4.png
echo broken >pictures/7.png
encode pictures
encode pictures --skip-bad
head -c 4000 a.mkv >cut.mkv
encode cut.mkv
encode cut.mkv a.mkv --skip-bad
encode cut.mkv --salvage
mkdir one two
cp a.mkv one/clip.mkv
cp a.mkv two/clip.mkv
encode one/clip.mkv two/clip.mkv
encode one/clip.mkv two/clip.mkv --episode walk
svg-encode --model M --start nan a.mkv || echo "status $?"
# A manifest chooses its own frames, and its videos are files, not lists of files.
echo '{"ep":"e","domain":"x","split":"test","fps":10,"n":4,"h":32,"w":32,"video":"list.m3u8"}' >one/episodes.jsonl
echo '{"ep":"e","k":0,"in":[0,0],"out":[0,4],"text":"x"}' >one/chunks.jsonl
printf '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nclip.mkv\n#EXT-X-ENDLIST\n' >one/list.m3u8
encode one
svg-inspect --verify one || echo "status $?"
sed -i s/list.m3u8/clip.mkv/ one/episodes.jsonl
encode one
svg-inspect --verify one
encode one --every 2
cp one/*.jsonl two
encode one two
sed -i 's/"n":4,"h":32/"n":40,"h":16/' one/episodes.jsonl
svg-inspect --verify one || echo "status $?"
