# Streams that are cut off, damaged, or of another VAE; and outputs that cannot be.
tiny_model M
tiny_model other 1
ffmpeg -v error -f lavfi -i testsrc=size=32x24:rate=5 -frames:v 12 frames%d.png
svg-encode --model M frames%d.png --frames 4 --fps 5 -o a.latents -q
size=$(stat -c %s a.latents)
head -c $((size - 900)) a.latents >cut.latents
(head -c $((size / 2)) a.latents; printf 'X'; tail -c +$((size / 2 + 2)) a.latents) >flipped.latents
head -c 0 a.latents >empty.latents
try() {
  local status=0
  rm -f out.mkv
  svg-decode "$@" -o out.mkv 2>err || status=$?
  echo "$* -> $status"
  sed -E 's/xxh128:[0-9a-f]+/xxh128:../g; s/byte [0-9]+/byte ../; s/^/  /' err
  [ ! -e out.mkv ] || echo "  $(ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 out.mkv) frames"
}
try --model M cut.latents
try --model M cut.latents --salvage
try --model M flipped.latents
try --model M empty.latents
try --model M none.latents
try --model M .
try --model other a.latents
try --model M a.latents --episode nobody
svg-decode --model M a.latents -o no/such/folder.mp4 || echo "status $?"
for args in "-o walk.avi" "" "--sheet sheet.jpg" "-o a.mkv --crf 99"; do
  status=0
  svg-decode --model M a.latents $args 2>err || status=$?
  echo "[$args] -> $status: $(head -n 1 err)"
done
ln -s /dev/full full.y4m
svg-decode --model M a.latents -o full.y4m || echo "status $?"
set +o pipefail
svg-decode --model M a.latents a.latents a.latents -o - --upscale 8 | head -c 100 | wc -c
echo "status ${PIPESTATUS[0]}"
ls
