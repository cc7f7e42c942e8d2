#!/usr/bin/env bash
# packages.sh BUILD: the packages that cpack makes hold what cmake --install installs, and the tools run from where they are unpacked.
set -euo pipefail
build=$(realpath "$1")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/svg-packages.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
fail() { echo "packages.sh: $*" >&2; exit 1; }

generators=TGZ
command -v dpkg-deb >/dev/null && command -v dpkg-shlibdeps >/dev/null && generators='TGZ;DEB'
(cd "$build" && cpack -G "$generators" -B "$scratch" >"$scratch/log" 2>&1) || fail "cpack: $(cat "$scratch/log")"

mkdir "$scratch/tgz"
tar xzf "$scratch"/svg-*.tar.gz -C "$scratch/tgz" --strip-components=1
roots=("$scratch/tgz")
if [ "$generators" != TGZ ]; then
  dpkg-deb -x "$scratch"/svg_*.deb "$scratch/deb"
  roots+=("$scratch/deb/usr")
  depends=$(dpkg-deb -f "$scratch"/svg_*.deb Depends)
  [[ $depends = *libzstd1* ]] || fail "the Debian package depends on: $depends"
fi
cmake --install "$build" --prefix "$scratch/installed" >/dev/null
for root in "${roots[@]}"; do
  diff <(cd "$scratch/installed" && find . -type f | sort) <(cd "$root" && find . -type f | sort) || fail "$root holds other files"
  for tool in "$root"/bin/svg-*; do
    "$tool" --version >/dev/null || fail "$tool does not run"
  done
done
[ "$generators" != TGZ ] || echo "no dpkg-shlibdeps: the Debian package was not made"
