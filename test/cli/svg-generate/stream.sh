# Actions come as a stream and chunks go as one: what happens between them, at a stop, and at the end of the reader.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
printf 'turn left\nturn right\nwalk forward\n' >three.txt
run=(svg-generate "${quiet[@]}" --model model --steps 2 --fast-rank 2 first.latents)
"${run[@]}" --actions three.txt -o whole.latents --memory whole.memory

# Chunk k is written before action k + 1 is given.
mkfifo actions
"${run[@]}" --actions actions -o out.latents --memory out.memory &
exec 3>actions
count=0
has() { [ "$(generated out.latents.partial)" = "$1" ]; }
while read -r action; do
  count=$((count + 1))
  echo "$action" >&3
  within 60 has $count
done <three.txt
exec 3>&-
wait $!
cmp whole.latents out.latents
same_memory whole.memory out.memory

# A chunk is decoded while the next is made: its frames are there before the next action is given.
"${run[@]}" --actions actions | svg-decode "${quiet[@]}" --model model -o frames/%05d.png - &
exec 3>actions
frames_are() { [ "$(find frames -name '*.png' 2>/dev/null | wc -l)" -ge "$1" ]; }
given=$(($(svg-inspect --json whole.latents | grep -o '"action":"[^"]*","frames":[0-9]*' | awk -F: '{ n += $NF } END { print n }') - 12))
count=0
while read -r action; do
  count=$((count + 1))
  echo "$action" >&3
  within 60 frames_are $((given + 4 * count))
done <three.txt
exec 3>&-
wait $!

# SIGTERM while it waits for an action: 75, and --resume completes it.
"${run[@]}" --actions actions -o stopped.latents --memory stopped.memory 2>stop.err &
pid=$!
exec 3>actions
head -n 2 three.txt >&3
stopped_has() { [ "$(generated stopped.latents.partial)" = 2 ] && [ -e stopped.memory/rev/2.safetensors ]; }
within 60 stopped_has
sleep 0.3
kill -TERM $pid
status=0
wait $pid || status=$?
exec 3>&-
echo "SIGTERM -> $status: $(cat stop.err)"
"${run[@]}" --actions three.txt -o stopped.latents --memory stopped.memory --resume
cmp whole.latents stopped.latents
same_memory whole.memory stopped.memory

# Both ends may be pipes; the input is in front unless it is left out.
cat first.latents | svg-generate "${quiet[@]}" --model model --steps 2 --fast-rank 2 --actions three.txt | cmp - <("${run[@]}" --actions three.txt)
"${run[@]}" --actions three.txt --only-generated >only.latents
grep -a -o '"role":"[a-z]*"' whole.latents | sort | uniq -c
grep -a -o '"role":"[a-z]*"' only.latents | sort | uniq -c

# A reader that goes ends it quietly, as it ends cat.
set +e
"${run[@]}" --actions three.txt 2>pipe.err | head -c 100 >head.latents
echo "reader gone -> ${PIPESTATUS[0]}: $(cat pipe.err)"
set -e
cmp head.latents <("${run[@]}" --actions three.txt 2>/dev/null | head -c 100)

# Memory does not grow with the episode.
for k in $(seq 60); do echo "turn left $k"; done >long.txt
"${run[@]}" --actions long.txt --timings long.jsonl -o long.latents
peak() { sed -n "${1}p" long.jsonl | grep -o '"peak_memory_bytes":[0-9]*' | cut -d: -f2; }
[ "$(wc -l <long.jsonl)" = 60 ]
early=$(peak 3) late=$(peak 60)
[ $((late * 100)) -le $((early * 104)) ] || echo "peak memory at chunk 3: $early, at chunk 60: $late"
