# In a browser: no fault on the console, every chart is drawn, every player plays, side by side and in step.
command -v chromium >/dev/null || { echo "chromium is not installed" >&2; exit 77; }
for name in true made; do ffmpeg -v error -f lavfi -i testsrc=size=64x64:rate=8 -frames:v 16 -c:v libx264 -pix_fmt yuv420p $name.mp4; done
mkdir -p run/training
for i in $(seq 20); do echo "{\"step\":$i,\"loss\":0.$i}"; done >run/training/metrics.jsonl
cp -r "$CASE_DIR"/../../../formats/vectors/valid/0303_history.memory walk.memory
svg-eval report true.mp4 made.mp4 run walk.memory -o page.html
# What a person would do, and what came of it.
cat >>page.html <<'SCRIPT'
<script>
document.querySelector("button").click();
setTimeout(() => {
  const videos = [...document.querySelectorAll("video")];
  const drawn = [...document.querySelectorAll(".chart")].map((chart) => chart.querySelectorAll("canvas").length);
  const times = videos.map((video) => video.currentTime);
  document.title = JSON.stringify({
    played: times.every((time) => time > 0), inStep: Math.max(...times) - Math.min(...times) < 0.25, failed: videos.filter((video) => video.error).length,
    charts: drawn.length, drawn: drawn.every((count) => count >= 2)});
}, 1000);
</script>
SCRIPT
chromium --headless --no-sandbox --disable-gpu --autoplay-policy=no-user-gesture-required --user-data-dir="$PWD/profile" --enable-logging=stderr \
  --virtual-time-budget=5000 --dump-dom "file://$PWD/page.html" >dom.html 2>log || { cat log; exit 1; }
grep -o '<title>[^<]*' dom.html
grep CONSOLE log || true
