#!/usr/bin/env bash
# bundle.sh DIR: what the build needs beyond a compiler, CMake, CUDA and an installed PyTorch 2.11, in one folder, for machines that install
# nothing and reach no package index. Called by bootstrap.sh --bundle. Debian's packages, fetched by apt-get and unpacked: no root.
# DIR/usr: headers, libraries, CMake and pkg-config files, ninja; DIR/bin: ninja, pkg-config. It may be moved and copied.
# FFmpeg is not in it: with all that Debian builds it on it has 200 MiB. Such a build reads and writes no videos and pictures (SVG_VIDEO=OFF).
set -euo pipefail
target=$1
packages=(libcli11-dev nlohmann-json3-dev libspdlog-dev libspdlog1.10 libfmt-dev libfmt9 libzstd-dev libzstd1 libxxhash-dev libxxhash0
  libssl-dev libssl3 libutf8proc-dev libutf8proc2 libjs-dygraphs catch2 ninja-build pkgconf-bin libpkgconf3)

if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
  echo "bootstrap.sh: --bundle is made on a machine with apt and dpkg, such as Debian 12" >&2
  exit 69
fi
mkdir -p "$(dirname "$target")"
target=$(cd "$(dirname "$target")" && pwd)/$(basename "$target")
if [ -e "$target" ] && [ ! -f "$target/bundle.txt" ]; then
  echo "bootstrap.sh: $target is there and is no bundle: name another folder" >&2
  exit 73
fi
work=$(mktemp -d "$target.tmp-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/packages" "$work/root"
echo "fetching ${packages[*]}"
(cd "$work/packages" && apt-get download -q "${packages[@]}" >"$work/log" 2>&1) ||
  { cat "$work/log" >&2; echo "bootstrap.sh: apt-get download failed: run apt-get update first?" >&2; exit 69; }
for package in "$work"/packages/*.deb; do
  dpkg-deb -x "$package" "$work/root"
done

usr=$work/root/usr
# Debian's folder for one architecture, which another distribution's compiler does not look into.
arch=$(cd "$usr/lib" && echo *-linux-gnu)
cp -a "$usr/include/$arch/." "$usr/include/"
rm -rf "$usr/include/$arch" "$work/root/etc" "$usr"/share/{doc,man,lintian,bash-completion,zsh,vim,emacs,bug,aclocal} "$usr/lib/$arch"/{engines-3,ossl-modules}
find "$usr/lib" -name '*.a' -delete
rm -f "$usr/lib/$arch"/libssl*
mkdir "$work/root/bin"
cat >"$work/root/bin/pkg-config" <<'Q'
#!/bin/sh
# The bundle's pkg-config, which answers with the bundle's paths wherever it stands.
root=$(cd "$(dirname "$0")/.." && pwd)
lib=$(echo "$root"/usr/lib/*-linux-gnu)
export PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_LIBDIR="$lib/pkgconfig:$root/usr/share/pkgconfig" LD_LIBRARY_PATH="$lib"
exec "$root/usr/bin/pkgconf" "$@"
Q
chmod +x "$work/root/bin/pkg-config"
ln -s ../usr/bin/ninja "$work/root/bin/ninja"
(cd "$work/packages" && ls) >"$work/root/bundle.txt"
rm -rf "$target"
mv "$work/root" "$target"
chmod 755 "$target"
echo "$target: $(du -sm "$target" | cut -f1) MiB, $(tar cf - -C "$target" . | gzip -6 | wc -c | awk '{printf "%.1f", $1 / 1048576}') MiB as .tar.gz"
