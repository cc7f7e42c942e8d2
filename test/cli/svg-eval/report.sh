# One HTML file of what there is: results, a memory, a training, videos side by side, pictures. It loads nothing from elsewhere.
ffmpeg -v error -f lavfi -i testsrc=size=64x64:rate=8 -frames:v 32 -pix_fmt yuv420p true.mp4
ffmpeg -v error -f lavfi -i smptebars=size=64x64:rate=8 -frames:v 32 -pix_fmt yuv420p made.mp4
ffmpeg -v error -i true.mp4 -frames:v 1 first.png
svg-eval metrics --reference true.mp4 --generated made.mp4 --chunk 8 --metrics psnr_v1,ssim_v1 -o metrics >/dev/null
mkdir revisit
echo '{"split": "test"}' >revisit/settings.json
cat >revisit/table.json <<'JSON'
{"rows": [{"row": "none", "meaning": "the base model alone", "recall_v1": {"mean": 0.1, "low": 0.05, "high": 0.2, "n": 8},
           "recall_v1@33-64": {"mean": 0.1, "low": 0, "high": 0.2, "n": 8}, "recall_v1@65-128": {"mean": 0.2, "low": 0.1, "high": 0.3, "n": 4},
           "maze_v1": {"mean": null, "low": null, "high": null, "n": 0}, "episodes": 8},
          {"row": "<b>bold</b>", "recall_v1": {"mean": 0.5, "low": 0.4, "high": 0.6, "n": 8}}],
 "differences": [{"metric": "recall_v1", "of": "temp-lora", "minus": "none", "difference": {"mean": 0.4, "low": 0.3, "high": 0.5, "n": 8}}]}
JSON
mkdir -p run/training
for i in $(seq 1000); do echo "{\"step\":$i,\"loss\":0.$i$([ $((i % 250)) = 0 ] && echo ",\"validation_loss\":0.5")}"; done >run/training/metrics.jsonl
cp -r "$CASE_DIR"/../../../formats/vectors/valid/0303_history.memory walk.memory

report() { svg-eval report -o page.html "$@"; }
report true.mp4 made.mp4 first.png revisit metrics run walk.memory --title 'All & more'
python3 "$CASE_DIR/report.py" page.html
# A folder stands for what it holds.
mkdir all
cp -r true.mp4 made.mp4 first.png revisit metrics run walk.memory all/
svg-eval report all --title 'All & more' -o folder.html
python3 "$CASE_DIR/report.py" folder.html

# Results at two prices are a curve.
for steps in 3 16; do
  mkdir -p prices/loop-1-$steps
  echo "{\"run\": {\"steps\": 12, \"guidance_scale\": 1, \"fast\": {\"steps\": $steps}}}" >prices/loop-1-$steps/settings.json
  mean() { echo "{\"mean\": $1, \"low\": $1, \"high\": $1, \"n\": 4}"; }
  echo "{\"rows\": [{\"row\": \"temp-lora\", \"recall_step_v1\": $(mean 0.$steps), \"sampling_sec\": $(mean 0.12), \"learning_sec\": $(mean 0.0$steps)}]}" \
    >prices/loop-1-$steps/table.json
done
svg-eval report prices -o prices.html
python3 "$CASE_DIR/report.py" prices.html | grep "against what\|^chart of"

expect() {
  local name=$1 status=0
  shift
  "$@" 2>err >/dev/null || status=$?
  echo "$name -> $status: $(head -n 1 err)"
}
expect "there already" report first.png
expect "there already, by force" report first.png --force
expect "nowhere" report nowhere --force
mkdir empty
expect "an empty folder" report empty --force
expect "a text" report err --force
cp -r revisit torn && truncate -s -5 torn/table.json
expect "a torn table" report torn --force
echo '{"rows": 3}' >torn/table.json
expect "a table of something else" report torn --force
for rows in '[3]' '[{"row": 3}]' '[{"row": "a", "m": {"n": "x"}}]' '[{"row": "a", "m": {"n": 1, "mean": 1, "low": [], "high": {}}}]' \
  '[{"row": "a", "recall_v1@33-64": {"n": 1, "mean": 1, "low": null, "high": 2}}]' '[{"row": "a", "m": {"n": 1, "mean": 1, "low": 1, "high": 1}}], "differences": [1]'; do
  echo "{\"rows\": $rows}" >torn/table.json
  expect "$rows" report torn --force
done
echo '{"row":' >>metrics/chunks.jsonl
expect "a torn line" report metrics --force
expect "no folder to write to" svg-eval report first.png -o no/where.html
expect "nothing" svg-eval report -o nothing.html
[ ! -e nothing.html ]
