// Charts: each <div class="chart"> stands before a <script type="application/json"> with its series.
for (const box of document.querySelectorAll(".chart")) {
  const spec = JSON.parse(box.nextElementSibling.textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  new Dygraph(box, spec.rows, {
    labels: [spec.x, ...spec.series],
    xlabel: spec.x,
    ylabel: spec.y,
    customBars: spec.bands,
    connectSeparatedPoints: true,
    drawPoints: spec.rows.length < 40,
    pointSize: 3,
    strokeWidth: 2,
    legend: "always",
    labelsSeparateLines: false,
    animatedZooms: true,
    gridLineColor: dark ? "#39424a" : "#d5dade",
    axisLineColor: dark ? "#5c6670" : "#9aa5af",
    colors: dark ? ["#6cb6f5", "#f0a35e", "#7ed09a", "#d99ae0", "#e3d26f", "#9aa5af"]
                 : ["#0a66b5", "#c25a00", "#1e8449", "#8e44ad", "#8a7a00", "#5c6670"],
  });
}
// Players of one group go in step: one button, one slider, the first video's clock.
for (const group of document.querySelectorAll(".group")) {
  const videos = [...group.querySelectorAll("video")];
  const [button, slider] = [group.querySelector("button"), group.querySelector("input")];
  const first = videos[0];
  const seek = (time) => { for (const v of videos) v.currentTime = Math.min(time, v.duration || time); };
  const playing = () => !first.paused && !first.ended;
  button.onclick = () => {
    if (playing()) { for (const v of videos) v.pause(); return; }
    if (first.ended) seek(0);
    for (const v of videos) v.play();
  };
  slider.oninput = () => { for (const v of videos) v.pause(); seek(slider.value * (first.duration || 0)); };
  const show = () => {
    button.textContent = playing() ? "Pause" : "Play";
    if (first.duration) slider.value = first.currentTime / first.duration;
    // What has fallen behind catches up.
    if (playing()) for (const v of videos) if (Math.abs(v.currentTime - first.currentTime) > 0.2) v.currentTime = first.currentTime;
  };
  for (const event of ["play", "pause", "ended", "timeupdate", "seeked"]) first.addEventListener(event, show);
}
