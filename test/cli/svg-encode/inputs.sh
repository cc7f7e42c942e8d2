# A picture, a pattern, y4m through a pipe and a video of the same frames; sizes; errors.
tiny_model M
ffmpeg -v error -f lavfi -i testsrc=size=64x48:rate=5 -frames:v 6 -start_number 1 frame%03d.png
ffmpeg -v error -i frame%03d.png -c:v ffv1 -pix_fmt bgr0 frames.mkv
count() { svg-decode --model M -q -o - "$@" | ffprobe -v error -f yuv4mpegpipe -count_frames -show_entries stream=width,height,nb_read_frames -of csv=p=0 -; }
svg-encode --model M frame001.png -q | count
svg-encode --model M frame%03d.png -q | count
svg-encode --model M frames.mkv --size 32x32 -q | count
ffmpeg -v error -i frames.mkv -pix_fmt yuv444p -f yuv4mpegpipe - | svg-encode --model M -q | count
svg-encode --model M frames.mkv frame001.png -q | count
ls
for args in "none.mp4" "M/model_index.json" "frames.mkv --size 33x32" "frames.mkv --size 33" "frames.mkv --posterior median"; do
  status=0
  svg-encode --model M $args >out 2>err || status=$?
  echo "$args -> $status, $(wc -c <out) bytes: $(head -n 1 err)"
done
status=0
svg-encode --model nowhere frames.mkv 2>err || status=$?
echo "$status: $(cat err)"
status=0
svg-encode --model M frames.mkv -o no/such/folder.latents 2>err || status=$?
echo "$status: $(cat err)"
