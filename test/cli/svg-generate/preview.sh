# A run looked at while it goes on: a contact sheet with a row a chunk, pictures on a terminal. The stream is the same with and without.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
printf 'turn left\nturn right\nwalk forward\n' >actions.txt
run=(svg-generate "${quiet[@]}" --model model --steps 2 --fast-rank 2 --actions actions.txt first.latents)
"${run[@]}" -o plain.latents
"${run[@]}" --preview sheet.png -o looked.latents
cmp plain.latents looked.latents

# size PNG: its width and height
size() { od -An -tu1 -j16 -N8 "$1" | awk '{ print $3 * 256 + $4, $7 * 256 + $8 }'; }
size sheet.png # 2 chunks given and 3 made, 4 frames each of 32x16, three times as large

# The sheet grows while the actions are still being written.
mkfifo live
svg-generate "${quiet[@]}" --model model --steps 2 --fast-rank 2 --actions live --preview live.png -o live.latents first.latents &
exec 8>live
echo "turn left" >&8
rows() { [ -s live.png ] && [ "$(size live.png | cut -d' ' -f2)" = "$1" ]; }
within 60 rows $((3 * (48 + 2) + 2))
echo "turn right" >&8
within 60 rows $((4 * (48 + 2) + 2))
exec 8>&-
wait

# A terminal: chafa is given a PNG of each chunk; kitty's own protocol needs no program.
mkdir bin
printf '#!/bin/sh\nhead -c 8 "$1" | od -An -tx1 >>%s/drawn\n' "$PWD" >bin/chafa
chmod +x bin/chafa
env -u KITTY_WINDOW_ID TERM=xterm PATH="$PWD/bin:$PATH" "${run[@]}" --preview terminal -o drawn.latents
sort drawn | uniq -c
KITTY_WINDOW_ID=1 "${run[@]}" --preview terminal -o kitty.latents 2>kitty.txt
grep -a -o '_Ga=T,f=100,m=[01];iVBORw0KGgo' kitty.txt | wc -l

expect() {
  local name=$1 status=0
  shift
  "$@" 2>err || status=$?
  echo "$name -> $status: $(head -n 1 err)"
}
expect "a video" "${run[@]}" --preview a.mp4 -o no.latents
expect "no chafa" env -u KITTY_WINDOW_ID TERM=xterm PATH="$(dirname "$(command -v svg-generate)")" "${run[@]}" --preview terminal -o no.latents
[ ! -e no.latents ]
expect "no such folder" "${run[@]}" --preview nowhere/a.png -o yes.latents
cmp plain.latents yes.latents
