#!/usr/bin/env bash
# pipelines.sh BUILD NAME: a pipeline of examples/pipelines, as small as it can be, from data to its table; called again it has nothing
# left to do and says the same.
set -euo pipefail
build=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export EPISODES=8 IDM_STEPS=5 VAE_STEPS=2 UNET_STEPS=2 TASKS=2 PLAN_FLAGS="--fast-steps 1 --steps 2"
export SETS="shown cubes" OMP_NUM_THREADS=1
case $2 in
  vizdoom)
    [ -f "${SVG_CACHE:-$HOME/.cache/svg}/environments/vizdoom/.complete" ] || { echo "skipped: ViZDoom is not installed: cmake/bootstrap.sh --environments"; exit 77; }
    arguments=("$scratch/out" "$build") ;;
  *) arguments=("$scratch/out" 2 "$build") ;;
esac
"$here/../../examples/pipelines/$2.sh" "${arguments[@]}" >"$scratch/first" 2>"$scratch/log" || { cat "$scratch/log"; exit 1; }
for row in none temp-lora swapped inverse-replay random text-only; do
  grep -q "^$row " "$scratch/first" || { echo "no row $row"; cat "$scratch/first"; exit 1; }
done
"$here/../../examples/pipelines/$2.sh" "${arguments[@]}" >"$scratch/second" 2>"$scratch/log"
diff "$scratch/first" "$scratch/second"
