# The posterior's mean needs no seed; samples follow it, chunk by chunk, whatever the batch.
tiny_model M
ffmpeg -v error -f lavfi -i testsrc=size=32x32:rate=5 -frames:v 8 frames%d.png
encode() { svg-encode --model M frames%d.png --frames 4 -q "$@"; }
pixels() { svg-decode --model M -q -o - | sha256sum; }
mean=$(encode | pixels)
[ "$mean" = "$(encode --seed 1 | pixels)" ]
zero=$(encode --posterior sample | pixels)
[ "$mean" != "$zero" ]
[ "$zero" = "$(encode --posterior sample --batch 3 | pixels)" ]
[ "$zero" != "$(encode --posterior sample --seed 1 | pixels)" ]
