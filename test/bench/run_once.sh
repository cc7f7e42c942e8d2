#!/usr/bin/env bash
# run_once.sh BIN_DIR MODEL: every row of bench_model once, and cost_cell on what it leaves: times are positive numbers, results are there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
rows="forward decode train sample guided remembered learn learn-paper"
printf '%s\n' $rows | "$1/bench_model" "$2" "$folder" >"$folder/times"
expected=$(wc -w <<<"$rows")
counted=$(awk 'NF == 2 && $1 > 0 && $2 > 0' "$folder/times" | wc -l)
[ "$counted" = "$expected" ] || { echo "expected $expected rows of times, got:"; cat "$folder/times"; exit 1; }
for row in $rows; do
  [ -s "$folder/$row.safetensors" ] || { echo "row $row left no result"; exit 1; }
done
# Draws for one step: those of the inputs.
python3 - "$folder" <<'Q'
import json, struct, sys
data = open(sys.argv[1] + "/inputs.safetensors", "rb").read()
(length,) = struct.unpack_from("<Q", data)
entry = json.loads(data[8: 8 + length])["noise"]
begin, end = entry["data_offsets"]
noise = data[8 + length + begin: 8 + length + end]
header = json.dumps({"noise": {"dtype": "F32", "shape": [1] + entry["shape"], "data_offsets": [0, len(noise)]},
                     "timesteps": {"dtype": "I64", "shape": [1], "data_offsets": [len(noise), len(noise) + 8]}}).encode()
open(sys.argv[1] + "/draws.safetensors", "wb").write(struct.pack("<Q", len(header)) + header + noise + struct.pack("<q", 900))
Q
for cell in "none 0" "learn 0" "learn 1" "learn-paper 1"; do
  echo | "$1/cost_cell" "$folder" $cell 1 >"$folder/times"
  awk 'NR == 2 && NF == 4 && $1 > 0 && $3 > 0 { ok = 1 } END { exit !ok }' "$folder/times" || { echo "cost_cell $cell:"; cat "$folder/times"; exit 1; }
  [ -s "$folder/cost-${cell// /-}.safetensors" ] || { echo "cost_cell $cell left no result"; exit 1; }
done
