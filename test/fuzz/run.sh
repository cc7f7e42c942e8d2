#!/usr/bin/env bash
# Fuzzes every parser that takes files from strangers: builds the targets with Clang's libFuzzer and both sanitizers, makes the first inputs
# from formats/vectors, and runs each target.
#   test/fuzz/run.sh [SECONDS [TARGET...]]     seconds a target, default 30
#   SVG_FUZZ_CORPUS=DIR   keeps what was found worth keeping there, for longer runs in parts; without it, it is thrown away
# Exit 1 with the input left in build/fuzz/findings where one was found. Inputs once found stand in test/fuzz/found/TARGET, and are tried first.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-30}
shift $(($# > 0 ? 1 : 0))
targets=("$@")
[ $# -gt 0 ] || targets=(stream sealed_stream safetensors memory lora manifest model environment actions tokenizer)
build=build/fuzz
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "$(nproc)" --target "${targets[@]/#/fuzz_}" | tail -n 1
seeds=$build/seeds
rm -rf "$seeds"
python3 test/fuzz/seeds.py "$seeds"
corpora=${SVG_FUZZ_CORPUS:-$build/corpus}
[ -n "${SVG_FUZZ_CORPUS:-}" ] || rm -rf "$corpora"
mkdir -p "$build/findings"

one() {  # target: its last figures, or the finding
  local corpus=$corpora/$1 found=test/fuzz/found/$1 log=$build/fuzz_$1.log
  mkdir -p "$corpus" "$seeds/$1"
  local folders=("$corpus" "$seeds/$1")
  [ ! -d "$found" ] || folders+=("$found")
  # 16 KiB hold every kind of structure; an input is read in well under a second and 512 MiB. Leaks are for the tests under sanitizers:
  # looking for them takes half the time.
  if "$build/fuzz/fuzz_$1" "${folders[@]}" -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=1024 \
    -malloc_limit_mb=512 -detect_leaks=0 -print_final_stats=1 -artifact_prefix="$build/findings/$1-" >"$log" 2>&1; then
    echo "$1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, no finding"
  else
    grep -aE "ERROR|SUMMARY|terminate|what\(\)|Test unit written" "$log" | head -n 8 | sed "s/^/$1: /"
    return 1
  fi
}

status=0
running=0
for target in "${targets[@]}"; do
  one "$target" &
  running=$((running + 1))
  if [ $running -ge "$(nproc)" ]; then
    wait -n || status=1
    running=$((running - 1))
  fi
done
while [ $running -gt 0 ]; do
  wait -n || status=1
  running=$((running - 1))
done
exit $status
