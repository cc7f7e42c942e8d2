#!/usr/bin/env bash
# completion.sh BUILD: the completion for bash offers what --help lists, and that for zsh loads (where zsh is).
set -euo pipefail
build=$(realpath "$1")
manuals=$build/manuals
[ -d "$manuals" ] || { echo "built without python3: no completion"; exit 77; }
fail() { echo "completion.sh: $*" >&2; exit 1; }

# completions WORD...: what bash offers for the last of the words.
completions() {
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  "_${1//-/_}"
  printf '%s\n' "${COMPREPLY[@]}"
}
expect() {  # expected words, words typed so far...
  local wanted=$1 got
  shift
  got=$(completions "$@" | sort | xargs)
  [ "$got" = "$wanted" ] || fail "$*: expected '$wanted', got '$got'"
}

for file in "$manuals"/bash/svg-*; do
  # shellcheck source=/dev/null
  source "$file"
  name=$(basename "$file")
  listed=$("$build/bin/$name" --help | grep -oE '^ +(-[a-z],)?--[a-z0-9-]+' | grep -oE '\-\-[a-z0-9-]+' | sort | xargs)
  expect "$listed" "$name" --
done
expect "--log-format --log-level" svg-inspect --log-
expect "json text" svg-inspect --log-format ""
expect "bf16 fp16 fp32" svg-encode --latents-dtype ""
expect "dataset" svg-world da
expect "--geometry" svg-world rollout --geo
expect "--log-level" svg-world rollout --log-l
expect "error" svg-memory log --log-level er
expect "diffusers peft" svg-memory export --as ""
expect "" svg-encode --model ""  # readline's own: files

command -v zsh >/dev/null || { echo "no zsh: its completion was not tried"; exit 0; }
for file in "$manuals"/zsh/_svg-*; do
  name=$(basename "$file")
  # Loaded as zsh loads it; its call of _arguments fails outside of a completion, its definition must not.
  zsh -f -c 'fpath=($1 $fpath); autoload -Uz compinit && compinit -u -D && [ "$_comps[$2]" = "_$2" ] && autoload +X -Uz "_$2"' \
    zsh "$manuals/zsh" "${name#_}" || fail "$file does not load"
done
