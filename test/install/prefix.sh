#!/usr/bin/env bash
# prefix.sh BUILD: what cmake --install puts into an empty prefix works from there, and still does when the prefix is moved.
set -euo pipefail
build=$(realpath "$1")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/svg-install.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
fail() { echo "prefix.sh: $*" >&2; exit 1; }

cmake --install "$build" --prefix "$scratch/first" >/dev/null
mv "$scratch/first" "$scratch/prefix"
prefix=$scratch/prefix
cd "$scratch"
export PATH=$prefix/bin:$PATH LC_ALL=C

for tool in "$build"/bin/svg-*; do
  name=$(basename "$tool")
  [ "$("$prefix/bin/$name" --version)" = "$("$tool" --version)" ] || fail "$name --version differs from the build's"
  [ -s "$prefix/share/man/man1/$name.1" ] || fail "no man page of $name"
  for library in $(ldd "$prefix/bin/$name" | sed -n 's/.*\(libsvg_[a-z]*\.so\) => \(.*\) (.*/\2/p'); do
    [[ $(realpath "$library") = "$prefix"/lib/* ]] || fail "$name loads $library"
  done
  ! ldd "$prefix/bin/$name" | grep -q torch || fail "$name links torch: --help would load it"
done
for file in share/svg/schemas/latent-stream.schema.json share/svg/models/maze-tiny/svg.json share/svg/models/maze-view/svg.json share/doc/svg/formats/memory.md share/doc/svg/README.md; do
  [ -s "$prefix/$file" ] || fail "no $file"
done
! grep -rlIF "$build" "$prefix" | grep . || fail "the files above name the build folder"
! readelf -d "$prefix"/bin/* "$prefix"/lib/* | grep -F "$build" || fail "the run paths above name the build folder"

if command -v groff >/dev/null; then
  for page in "$prefix"/share/man/man1/*.1; do
    complaints=$(groff -man -ww -Tutf8 -z "$page" 2>&1)
    [ -z "$complaints" ] || fail "$page: $complaints"
  done
fi

model=$prefix/share/svg/models/maze-tiny
svg-world rollout -q --profile tiny --script turn-around --geometry 2000007 --appearance 2000009 --chunks 9 -o walk
svg-inspect --verify "$model" walk >/dev/null
if [ ! -e "$prefix/lib/libsvg_torch.so" ]; then
  echo "without torch: worlds and formats work"
  exit 0
fi

quick=(-q --threads 1 --progress never --device cpu --model "$model")
printf 'turn left\n' >plan.txt
svg-encode "${quick[@]}" --chunks 2 walk |
  svg-generate "${quick[@]}" --actions plan.txt --memory walk.memory --steps 2 --fast-steps 2 >walk.latents
svg-decode "${quick[@]}" walk.latents -o walk.gif
svg-inspect --verify walk.latents walk.memory >/dev/null
[ -s walk.gif ] || fail "no walk.gif"

# Without the torch library, what needs none still works.
mv "$prefix/lib/libsvg_torch.so" "$scratch/kept.so"
svg-memory log walk.memory | grep -q turn || fail "svg-memory log says: $(svg-memory log walk.memory)"
svg-inspect walk.latents >/dev/null

# Where LibTorch is not at its recorded place, the error says how to name it, and that works.
torch=$(ldd "$scratch/kept.so" | sed -n 's/.*libtorch_cpu\.so => \(.*\)\/libtorch_cpu\.so .*/\1/p')
[ -n "$torch" ] || fail "libsvg_torch.so does not find LibTorch: $(ldd "$scratch/kept.so")"
cp "$scratch/kept.so" "$prefix/lib/libsvg_torch.so"
printf 'file(RPATH_REMOVE FILE "%s")\n' "$prefix/lib/libsvg_torch.so" >forget.cmake
cmake -P forget.cmake
status=0
svg-decode "${quick[@]}" walk.latents -o again.gif 2>error || status=$?
[ $status = 69 ] && grep -q LD_LIBRARY_PATH error || fail "without LibTorch: exit $status, $(cat error)"
LD_LIBRARY_PATH=$torch svg-decode "${quick[@]}" walk.latents -o again.gif
cmp walk.gif again.gif
