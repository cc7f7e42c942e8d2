#!/usr/bin/env bash
# no_gpu.sh BUILD: where CUDA shows no GPU, run.sh ends with one line that says so, status 69, and no report.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0
CUDA_VISIBLE_DEVICES='' "$(dirname "$0")/run.sh" "$1" -o "$folder/report.json" 2>"$folder/errors" >"$folder/printed" || status=$?
[ $status = 69 ] || { echo "expected status 69, got $status"; cat "$folder/errors"; exit 1; }
if [ "$(wc -l <"$folder/errors")" != 1 ] || ! grep -q '^no usable GPU: ..*' "$folder/errors"; then
  cat "$folder/errors"
  exit 1
fi
[ ! -s "$folder/printed" ] && [ ! -e "$folder/report.json" ]
