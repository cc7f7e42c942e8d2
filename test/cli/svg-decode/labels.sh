# Words beside the pictures, chosen frames, smooth enlargement; and what does not fit together.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
printf 'turn left\nturn left\n' >plan.txt
svg-generate --model model "${quiet[@]}" --no-fast --steps 1 --actions plan.txt first.latents -o b.latents
svg-encode --model model "${quiet[@]}" data -o a.latents
size() { ffprobe -v error -show_entries stream=width,height -of csv=p=0 "$1"; }
svg-decode --model model a.latents b.latents --upscale 4 --smooth --labels "the true world,generated" -o both.mkv --sheet both.png -q
echo "video: $(size both.mkv), sheet: $(size both.png)"
svg-decode --model model b.latents --upscale 4 --labels made --sheet-frames 1,13 --sheet-captions "before,after" --sheet chosen.png -q
echo "chosen: $(size chosen.png)"
# The bar below a picture is grey where the frame was given, orange where it was generated.
pixel() { ffmpeg -v error -i chosen.png -vf "crop=1:1:$1:$2" -f rawvideo -pix_fmt rgb24 - | od -An -tu1; }
width=$(size chosen.png | cut -d, -f1)
height=$(size chosen.png | cut -d, -f2)
pixel $((width - 4 - 128 - 4 - 20)) $((height - 6))
pixel $((width - 4 - 20)) $((height - 6))
# Without words nothing is added.
svg-decode --model model b.latents --sheet-frames 0,15 --sheet plain.png -q
echo "plain: $(size plain.png)"
for args in "--labels one,two -o x.mkv" "--sheet-frames 1 -o x.mkv" "--sheet x.png --sheet-frames 1,2 --sheet-captions a" "--sheet x.png --sheet-frames 16"; do
  status=0
  svg-decode --model model b.latents $args -q 2>err || status=$?
  echo "[$args] -> $status: $(head -n 1 err)"
done
ls x.* 2>/dev/null || true
