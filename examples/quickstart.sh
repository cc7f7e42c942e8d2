#!/usr/bin/env bash
# A long video that remembers, from a fresh machine: builds the tools where that is not done, takes a maze that the shipped model has never
# seen, shows the model the way out, and lets it generate the way back and more, with memory and without.
#   examples/quickstart.sh [OUT [BUILD]]     OUT: folder for the results (default: quickstart); BUILD: another build than build/release
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-quickstart}
build=${2:-$root/build/release}
model=$root/examples/models/maze-view
export PATH=$build/bin:$PATH
begun=$SECONDS
step() {  # name command...: runs it and says how long it took
  local name=$1 from=$SECONDS
  shift
  "$@"
  printf '%-46s %4d s\n' "$name" $((SECONDS - from))
}

if [ ! -x "$build/bin/svg-decode" ]; then
  set_up() {
    "$root/cmake/bootstrap.sh"
    cmake -S "$root" --preset release -B "$build" >/dev/null
    cmake --build "$build" -j "$(nproc)" --target tools/all  # without the tests
  }
  step "set-up and build" set_up
fi
after_build=$SECONDS
mkdir -p "$out"
rm -rf "$out/episode" "$out/walk.memory"

# 20 chunks: stand still, walk, turn half round, look, turn back, and again. The seeds belong to the test split.
step "render the true world" svg-world rollout --world maze --profile view --script turn-around \
  --geometry 2000009 --appearance 2000109 --chunks 20 -o "$out/episode"

# The first 7 chunks, the way out, are given and learned; the sentences of the other 13 are what the model is asked to do. It goes on learning:
# of what it makes, what is new, in few steps, and where there is something to learn (own_gate, own_steps, own_guard of its svg.json).
tail -n +8 "$out/episode/actions.jsonl" >"$out/actions.jsonl"
with_memory() {
  svg-encode --model "$model" --chunks 7 "$out/episode" |
    svg-generate --model "$model" --actions "$out/actions.jsonl" --memory "$out/walk.memory" --learn-input >"$out/with.latents"
}
without_memory() {
  svg-encode --model "$model" --chunks 7 "$out/episode" |
    svg-generate --model "$model" --actions "$out/actions.jsonl" --no-fast >"$out/without.latents"
}
step "generate 13 chunks with memory" with_memory
step "generate 13 chunks without" without_memory
truth() { svg-encode --model "$model" "$out/episode" >"$out/truth.latents"; }
step "encode the true world" truth
streams=("$out/truth.latents" "$out/with.latents" "$out/without.latents")
shown=(--model "$model" --smooth --labels "true world,with memory,without memory")
step "decode: truth, with memory, without" svg-decode "${shown[@]}" --upscale 6 "${streams[@]}" -o "$out/walk.mp4"
step "the same as a sheet" svg-decode "${shown[@]}" --upscale 2 "${streams[@]}" --sheet "$out/walk.png" --sheet-columns 20
# Frame 28 is the first that is generated. The walk turns to and fro: frame 32 + n has the view of frame n.
step "three views, before and after" svg-decode "${shown[@]}" --upscale 3 "${streams[@]}" --sheet "$out/return.png" \
  --sheet-frames 10,14,18,42,46,50 --sheet-captions "view A,view B,view C,A again,B again,C again"
step "all of it as one page" svg-eval report "$out/walk.mp4" "$out/return.png" "$out/walk.memory" -o "$out/report.html" --force \
  --title "A walk that remembers"

echo
echo "Left to right: the true world, generated with memory, generated without. Orange bars: generated; grey: given (28 frames)."
echo "  video          $out/walk.mp4"
echo "  contact sheet  $out/walk.png   (a row each: truth, with memory, without)"
echo "  three views    $out/return.png   (as given, and again when the walk comes back to them)"
echo "  a page of it   $out/report.html   (the video, three views, what each chunk cost the memory)"
echo "  the memory     $out/walk.memory   (svg-inspect $out/walk.memory)"
echo "$((SECONDS - after_build)) s after the build, $((SECONDS - begun)) s in all"
