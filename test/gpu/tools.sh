#!/usr/bin/env bash
# tools.sh BIN MODEL DEVICE: the executables on a device: encode, generate with learning, learn a given episode. A JSON line each.
set -euo pipefail
bin=$(realpath "$1") model=$(realpath "$2") device=$3
folder=$(mktemp -d "${TMPDIR:-/tmp}/svg-gpu-tools.XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
PATH=$bin:$PATH
on=(-q --progress never --device "$device")
said() { printf '{"check":"tools","what":"%s","ok":%s%s}\n' "$1" "$2" "${3:-}"; }

svg-world dataset -q --profile tiny --episodes 1 --chunks 2 -o data
svg-encode "${on[@]}" --model "$model" data -o first.latents
said "svg-encode" true
printf 'turn left\nwalk forward\n' >actions
generate() { svg-generate "${on[@]}" "${@:2}" --model "$model" --actions actions --fast-steps 4 --memory "$1.memory" -o "$1.latents" first.latents; }
generate once
said "svg-generate with learning" true ",\"timings\":[$(paste -sd, once.memory/timings.jsonl)]"
# The same bytes again.
if generate a --deterministic && generate b --deterministic && cmp -s a.latents b.latents; then said "same bytes with --deterministic" true; else said "same bytes with --deterministic" false; fi
if [ "$device" != cpu ]; then
  key=$(grep -c peak_device_memory_bytes once.memory/timings.jsonl || true)
  said "peak memory of the device in timings.jsonl" "$([ "$key" -gt 0 ] && echo true || echo false)"
fi
svg-fastlearn "${on[@]}" --model "$model" --memory seen.memory --fast-steps 2 once.latents >/dev/null
said "svg-fastlearn" true
# Slow learning, with samples and what saves memory; and of the autoencoder.
svg-pretrain "${on[@]}" --model "$model" --data data --past 4 --future 4 --steps 2 --batch 1 --sample-every 1 --validate-every 1 --checkpoint-activations blocks \
  --adam-moments 8bit --ema cpu -o unet-run
said "svg-pretrain --component unet" "$(ls unet-run/training/*.png >/dev/null && echo true || echo false)"
svg-pretrain "${on[@]}" --component vae --model "$model" --data data --steps 2 --batch 4 --sample-every 1 -o vae-run
said "svg-pretrain --component vae" "$(ls vae-run/training/*.png >/dev/null && echo true || echo false)"
