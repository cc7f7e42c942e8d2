# Every output has all frames; several streams stand side by side; the sheet has a row a stream.
tiny_model M
ffmpeg -v error -f lavfi -i testsrc=size=32x24:rate=5 -frames:v 10 frames%d.png
svg-encode --model M frames%d.png --frames 4 --fps 5 -o a.latents -q
svg-encode --model M frames%d.png --frames 3 --chunks 2 --fps 5 -o b.latents -q
probe() { ffprobe -v error -count_frames -show_entries stream=width,height,r_frame_rate,nb_read_frames -of csv=p=0 "$@"; }
for out in a.mp4 a.MOV a.webm a.mkv a.gif pictures/%05d.png a.y4m; do
  svg-decode --model M a.latents -o $out -q
  echo "$out: $(probe $out)"
done
svg-decode --model M <a.latents -o - -q | cmp - a.y4m
svg-decode --model M a.latents b.latents a.latents --upscale 2 --gap 6 -o beside.mkv --sheet sheet.png --sheet-columns 4 -q
echo "beside: $(probe beside.mkv)"
echo "sheet: $(probe sheet.png)"
svg-decode --model M a.latents -o again.mp4 -q
cmp a.mp4 again.mp4
mkfifo pipe.mp4
cat pipe.mp4 >piped.mp4 &
svg-decode --model M a.latents -o pipe.mp4 -q
wait
echo "piped: $(probe piped.mp4)"
ffprobe -v error -show_entries stream=color_primaries,color_transfer,color_space -of csv=p=0 a.mp4
ffprobe -v error -show_entries format_tags=comment -of csv=p=0 a.mp4 | grep -c svg-encode
ls
