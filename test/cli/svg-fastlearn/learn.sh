# Learning a stream that was generated gives the weights that generation learned on the way, in one go or in parts.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
printf 'turn left\nturn right\nwalk forward\nturn left\nturn left\nwalk forward\n' >actions.txt
flags=(--model model --fast-steps 3 "${quiet[@]}")
how=("${flags[@]}" --fast-rank 2)
learn=("${how[@]}" --no-learn-input)   # as generation does
svg-generate "${how[@]}" --steps 3 --actions actions.txt --memory made.memory first.latents -o made.latents

# same_weights A B: the tensors of every revision, adapter and moments, to the bit; who made them is another matter.
tensors() { tail -c +$((9 + $(od -An -tu8 -N8 "$1"))) "$1"; }
same_weights() {
  [ "$(cat "$1/HEAD")" = "$(cat "$2/HEAD")" ]
  for file in "$1"/rev/*; do cmp <(tensors "$file") <(tensors "$2/rev/${file##*/}"); done
}

svg-fastlearn "${learn[@]}" --memory seen.memory made.latents >seen.txt
same_weights made.memory seen.memory
[ "$(wc -l <seen.txt)" = 7 ]
tail -n +2 seen.txt | awk '{print $1, $2, $5, $7, $8}'

# Through a pipe, as JSON lines; losses are those that generation noted.
cat made.latents | svg-fastlearn "${learn[@]}" --memory piped.memory --json >piped.jsonl
same_memory seen.memory piped.memory
losses() { grep -o '"loss_after":[^,]*' "$1"; }
diff <(losses piped.jsonl) <(losses made.memory/log.jsonl)

# Killed at random moments, and resumed.
RANDOM=3
for _ in 1 2 3 4; do
  svg-fastlearn "${learn[@]}" --memory parts.memory --resume made.latents >/dev/null 2>>repairs.txt &
  pid=$!
  sleep 0.$(printf %03d $((RANDOM % 700)))
  kill -9 $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true
done
svg-fastlearn "${learn[@]}" --memory parts.memory --resume made.latents >/dev/null 2>>repairs.txt
same_memory seen.memory parts.memory
svg-fastlearn "${learn[@]}" --memory parts.memory --resume made.latents
same_memory seen.memory parts.memory

# The input too; and a memory that begins with what another has learned.
svg-fastlearn "${how[@]}" --memory all.memory made.latents | tail -n +2 | wc -l
svg-fastlearn "${learn[@]}" --memory begun.memory --init seen.memory/rev/6.safetensors made.latents >begun.txt
! cmp -s <(tensors begun.memory/rev/1.safetensors) <(tensors seen.memory/rev/1.safetensors)

expect() {
  local name=$1 status=0
  shift
  "$@" 2>err >/dev/null || status=$?
  echo "$name -> $status: $(sed -E 's/(xxh128|sha256):[0-9a-f]+/\1:.../g' err)"
}
expect "not a new memory" svg-fastlearn "${learn[@]}" --memory seen.memory --init seen.memory/rev/6.safetensors made.latents
expect "another rank" svg-fastlearn "${flags[@]}" --fast-rank 3 --memory seen.memory made.latents
expect "init of another rank" svg-fastlearn "${flags[@]}" --fast-rank 3 --memory other.memory --init seen.memory/rev/6.safetensors made.latents
expect "no memory named" svg-fastlearn --model model made.latents
expect "no such revision" svg-fastlearn "${learn[@]}" --memory seen.memory@99 made.latents
head -c -100 made.latents >cut.latents
expect "cut off" svg-fastlearn "${learn[@]}" --memory cut.memory cut.latents
svg-fastlearn "${learn[@]}" --memory whole.memory --salvage cut.latents | tail -n 1 | awk '{print $1, $2}'
expect "empty" svg-fastlearn "${learn[@]}" --memory empty.memory /dev/null
[ ! -e empty.memory ]
cat made.latents made.latents >twice.latents
expect "two streams" svg-fastlearn "${learn[@]}" --memory twice.memory twice.latents
exec 9>seen.memory/lock
flock 9
expect "another writer" svg-fastlearn "${learn[@]}" --memory seen.memory made.latents
exec 9>&-
same_memory seen.memory piped.memory

# A video that was encoded is learned as it is given, from its second chunk on.
svg-fastlearn "${how[@]}" --memory video.memory first.latents | tail -n +2 | awk '{print $1, $2}'

# Killed between the line of its first revision in the log and HEAD, and resumed: nothing is learned twice. HEAD is put back by hand.
back() { cp "$1" "$2.memory/HEAD"; svg-fastlearn "${learn[@]}" --memory "$2.memory$3" --resume made.latents >/dev/null; same_memory "$4" "$2.memory"; }
cp -r seen.memory once.memory
svg-memory forget once.memory@2..6 >/dev/null
svg-memory checkout once.memory@1
python3 - >head0 <<'P'
import hashlib
text = '{"revision":0,"check":"0000000000000000"}'
print(text.replace("0" * 16, hashlib.sha256(text.encode()).hexdigest()[:16]))
P
back head0 once "" seen.memory
svg-memory fork made.memory@2 branch.memory
cp branch.memory/HEAD head2
svg-fastlearn "${learn[@]}" --memory branch.memory@2 made.latents >/dev/null
cp -r branch.memory whole.branch
svg-memory checkout branch.memory@3
svg-memory forget branch.memory@4..8 >/dev/null
back head2 branch @2 whole.branch
