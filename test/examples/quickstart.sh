#!/usr/bin/env bash
# quickstart.sh BUILD: examples/quickstart.sh with this build leaves what it says, and what it shows is true: the walk with memory is another
# one than that without, and nearer to the true world.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(realpath "$1")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/svg-quickstart.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export PATH=$build/bin:$PATH
cd "$scratch"
"$here/../../examples/quickstart.sh" out "$build"

for file in walk.mp4 walk.png return.png report.html walk.memory; do
  [ -s "out/$file" ] || { echo "no out/$file"; exit 1; }
done
svg-inspect --verify out/walk.memory out/with.latents out/without.latents out/truth.latents out/episode >/dev/null
# One revision for each chunk but the first, which has no past to learn from.
[ "$(svg-memory log --json out/walk.memory | wc -l)" = 19 ] || { svg-memory log out/walk.memory; exit 1; }
for name in truth with without; do
  svg-decode -q --progress never --model "$here/../../examples/models/maze-view" "out/$name.latents" -o "$name.y4m"
done
python3 "$here/compare_walks.py" truth.y4m with.y4m without.y4m 28
