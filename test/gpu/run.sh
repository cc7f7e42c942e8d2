#!/usr/bin/env bash
# Everything that needs a GPU, in under 8 minutes, as one JSON report beside PyTorch's figures of the same run. Rows are written as they come to
# REPORT.json.rows: what is there when it is stopped is not lost. SVG_GPU_SECONDS (540): parts that would begin or run later are left out.
#   test/gpu/run.sh [BUILD] [--device cuda|cpu] [-o REPORT.json]
# BUILD: a built tree (default build/release; test/gpu/build.sh makes one on a machine without package index). --device cpu runs the same checks
# small, the CPU beside itself, to know that they work. PyTorch's figures need a Python with torch 2.11 alone:
# ${SVG_REFERENCE_PYTHON:-python3}.
# Status 0: all agree; 1: something differs or failed; 69: no usable GPU here.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$root/build/release device=cuda output=gpu-report.json
while [ $# -gt 0 ]; do
  case $1 in
    --device) device=$2; shift ;;
    -o) output=$2; shift ;;
    -h|--help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "run.sh: unknown flag $1: expected --device or -o" >&2; exit 64 ;;
    *) build=$1 ;;
  esac
  shift
done
build=$(realpath "$build")
for program in test/gpu_parity test/gpu_chunk bin/svg-generate; do
  [ -x "$build/$program" ] || { echo "run.sh: $build/$program is not there: build it with test/gpu/build.sh" >&2; exit 66; }
done
python=${SVG_REFERENCE_PYTHON:-python3}
folder=$(mktemp -d "${TMPDIR:-/tmp}/svg-gpu.XXXXXX")
trap 'rm -rf "$folder"' EXIT
export OMP_WAIT_POLICY=passive PYTORCH_ALLOC_CONF=${PYTORCH_ALLOC_CONF-expandable_segments:True} CUBLAS_WORKSPACE_CONFIG=:4096:8 CUDA_MODULE_LOADING=LAZY
threads=$(nproc)
limit=420  # seconds for a part that hangs
: >"$output.rows"

# one SOURCE COMMAND...: its JSON lines into the report; 69 ends the script, another failure is noted.
failed=0
one() {
  local source=$1 status=0 from=$SECONDS
  local left=$((${SVG_GPU_SECONDS:-540} - SECONDS))
  shift
  if [ $left -lt 5 ]; then
    failed=1
    echo "{\"source\":\"$source\",\"check\":\"no time left\",\"ok\":false}" >>"$output.rows"
    return
  fi
  # Each line as it comes, with its source; one that was cut off is dropped.
  timeout -k 5 $((left < limit ? left : limit)) "$@" </dev/null 2>"$folder/errors" | sed -u "/}\$/!d; s/^{/{\"source\":\"$source\",/" >>"$output.rows" || status=$?
  if [ $status = 69 ]; then
    cat "$folder/errors" >&2
    rm -f "$output.rows"
    exit 69
  fi
  echo "run.sh: $source: $((SECONDS - from)) s" >&2
  if [ $status != 0 ]; then
    failed=1
    printf '{"source":"%s","check":"status","ok":false,"status":%d}\n' "$source" $status >>"$output.rows"
    tail -5 "$folder/errors" >&2
  fi
}

# The shipped model, part by part; and as the executables run it.
one parity "$build/test/gpu_parity" "$root/examples/models/maze-tiny" "$device" "$threads"
one tools "$root/test/gpu/tools.sh" "$build/bin" "$root/examples/models/maze-tiny" "$device"

# ModelScopeT2V's UNet at full size with made weights; on a CPU the narrow one.
if [ "$device" = cpu ]; then
  configs=$root/test/golden/modelscope/narrow
  settings='"past": 2, "future": 2, "height": 8, "width": 8, "steps": 2, "tokens": 5, "parity_frames": 2, "train_frames": 3, "repeats": 1, "rank": 4, "dtype": "fp32"'
else
  configs=$root/test/golden/modelscope
  settings='"past": 16, "future": 16, "height": 32, "width": 32, "steps": 50, "tokens": 77, "parity_frames": 2, "train_frames": 16, "repeats": 3, "rank": 32, "dtype": "bf16"'
fi
cp "$configs/unet/config.json" "$configs/scheduler/scheduler_config.json" "$folder/"
echo "{$settings, \"guidance\": 7.5, \"targets\": \"attention\", \"threads\": $threads}" >"$folder/settings.json"
one ours "$build/test/gpu_chunk" "$folder" "$device"
if "$python" -c 'import torch' 2>/dev/null; then
  one pytorch "$python" "$root/test/gpu/reference.py" "$folder" "${device/%cuda/cuda:0}"
else
  echo "run.sh: $python has no torch: without PyTorch's figures (name another as SVG_REFERENCE_PYTHON)" >&2
  echo '{"source":"pytorch","check":"skipped","ok":true}' >>"$output.rows"
fi

if [ "$device" != cpu ]; then
  for order in plugin-first question-first; do
    if "$build/test/test_cuda_load_order" $order "$build/lib/libsvg_cuda.so" >&2; then good=true; else good=false failed=1; fi
    echo "{\"source\":\"order\",\"check\":\"$order\",\"ok\":$good}" >>"$output.rows"
  done
fi
"$python" "$root/test/gpu/summary.py" "$output.rows" "$folder/settings.json" $SECONDS >"$output.tmp-$$"
mv "$output.tmp-$$" "$output"
rm "$output.rows"
"$python" "$root/test/gpu/summary.py" --table "$output"
exit $failed
