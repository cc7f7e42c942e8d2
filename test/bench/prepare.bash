# For the scripts that time ours beside Python: source prepare.bash TARGET... sets `root` and `python`, and builds the targets in build/release.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
python=${SVG_REFERENCE_PYTHON:-python3}
if ! "$python" -c 'import diffusers, peft, safetensors, torch' 2>/dev/null; then
  echo "${0##*/}: $python lacks diffusers, peft, safetensors or torch; install them with" >&2
  echo "  python3 -m venv reference && reference/bin/pip install -r test/golden/requirements.txt" >&2
  echo "and run this again with SVG_REFERENCE_PYTHON=reference/bin/python" >&2
  exit 69
fi
(
  cd "$root"
  [ -f build/release/build.ninja ] || cmake --preset release >&2
  cmake --build --preset release --target "$@" >&2
)
model=$root/examples/models/maze-tiny
[ -f "$model/unet/diffusion_pytorch_model.safetensors" ] || model=$model/config
