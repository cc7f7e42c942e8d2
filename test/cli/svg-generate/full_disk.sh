# A disk that fills up while a revision is written: one line and 74, HEAD stays on the last good revision, and with more room the same command
# goes on to the bytes of a run that always had room.
[ -n "${FULL_DISK_INSIDE:-}" ] || ! unshare --mount --map-root-user mount -t tmpfs none . 2>/dev/null ||
  FULL_DISK_INSIDE=1 exec unshare --mount --map-root-user bash -euo pipefail "$0"
. "$CASE_DIR/../tiny.bash"
make_tiny_model
for k in 1 2 3 4; do echo "turn left"; echo "turn right"; done >actions.txt
run=(svg-generate first.latents "${quiet[@]}" --model model --steps 2 --fast-rank 2 --actions)
head_of() { grep -o '"revision":[0-9]*' "$1/HEAD" | cut -d: -f2; }
said() { sed -E 's/tmp-[0-9a-f]+/tmp-.../' "$1"; }

"${run[@]}" <(head -n 2 actions.txt) -o begun.latents --memory begun.memory
cp -r begun.memory whole.memory
"${run[@]}" actions.txt -o whole.latents --memory whole.memory

# No file may grow beyond what a revision's update needs, or beyond what its optimizer state needs, which is written after it.
size() { echo $(($(stat -c %s begun.memory/rev/2"$1") / 1024)); }
[ "$(size .state.safetensors)" -gt "$(size .safetensors)" ]
for part in .safetensors .state.safetensors; do
  cp -r begun.memory limited.memory
  status=0
  (trap '' XFSZ; ulimit -f $(($(size $part) - 1)); "${run[@]}" actions.txt -o limited.latents --memory limited.memory --timings /dev/null) 2>err || status=$?
  echo "a file too large -> $status: $(said err)"
  [ "$(head_of limited.memory)" = 2 ]
  # An update without its state is in no log: it is there for nobody, and the next run clears it away.
  diff -r --exclude=timings.jsonl --exclude=lock --exclude=3.safetensors begun.memory limited.memory
  svg-memory verify limited.memory
  "${run[@]}" actions.txt -o limited.latents --memory limited.memory --timings /dev/null --resume 2>err
  echo "resumed -> $?: $(said err)"
  cmp whole.latents limited.latents
  same_memory whole.memory limited.memory
  rm -r limited.memory limited.latents
done

# A real disk, where one may be made: it fills up again and again, each time a little later, so in the middle of each of the files.
[ -n "${FULL_DISK_INSIDE:-}" ] || exit 0
mkdir disk
room=300
mount -t tmpfs -o size=${room}k none disk
again=("${run[@]}" actions.txt -o disk/out.latents --memory disk/out.memory --timings /dev/null --resume)
cp -r begun.memory disk/out.memory
full=0
until status=0; "${again[@]}" 2>err || status=$?; [ $status = 0 ]; do
  grep -q "^svg-generate: error: .*No space left on device" err || status="without a reason: $status"
  [ "$status" = 74 ] || { echo "$status"; cat err; exit 1; } >&2
  full=$((full + 1))
  svg-memory verify disk/out.memory >verdict || { cat err verdict; exit 1; } >&2
  # What HEAD names is whole, and is the revision of the run that always had room.
  now=$(head_of disk/out.memory)
  for part in safetensors state.safetensors; do cmp disk/out.memory/rev/"$now.$part" whole.memory/rev/"$now.$part"; done
  room=$((room + 52))
  mount -o remount,size=${room}k disk
done
[ $full -gt 8 ]
cmp whole.latents disk/out.latents
same_memory whole.memory disk/out.memory
