#!/usr/bin/env bash
# run_once.sh BENCH_MODEL MODEL: every row of bench_model once; its times are two positive numbers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
rows="forward train sample guided remembered learn learn-paper"
printf '%s\n' $rows | "$1" "$2" "$folder" >"$folder/times"
expected=$(wc -w <<<"$rows")
counted=$(awk 'NF == 2 && $1 > 0 && $2 > 0' "$folder/times" | wc -l)
[ "$counted" = "$expected" ] || { echo "expected $expected rows of times, got:"; cat "$folder/times"; exit 1; }
for row in $rows; do
  [ -s "$folder/$row.safetensors" ] || { echo "row $row left no result"; exit 1; }
done
