# Generation with learning, killed with SIGKILL at 20 random moments and resumed each time: stream, log, HEAD and every revision are, to the
# byte, those of the run that nothing happened to. The moments come from the clock; the seed is said when the case fails, and
# SVG_KILL_SEED=N draws the same ones.
. "$CASE_DIR/../tiny.bash"
seed=${SVG_KILL_SEED:-$(date +%s)}
trap '[ $? = 0 ] || { echo "SVG_KILL_SEED=$seed draws these moments (milliseconds after the start, or after more was written):"; cat moments.txt; } >&2' EXIT
: >moments.txt
RANDOM=$((seed % 32768))
make_tiny_model
mixed_actions 40 >actions.txt
run=(svg-generate first.latents "${quiet[@]}" --model model --actions actions.txt --steps 2 --fast-rank 2)

begin=$(date +%s%3N)
"${run[@]}" -o whole.latents --memory whole.memory
chunk=$((($(date +%s%3N) - begin) / 40 + 1)) # milliseconds

same() {
  cmp whole.latents parts.latents
  same_memory whole.memory parts.memory
  [ ! -e parts.latents.partial ]
}
size() { stat -c %s parts.latents.partial 2>/dev/null || echo 0; }
further() { [ "$(size)" != "$1" ] || ! kill -0 "$2" 2>/dev/null; }
pause() { sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"; }

kills=0
while [ $kills -lt 20 ]; do
  before=$(size)
  # A kill inside the writing of a revision leaves files that the next run clears away, and says so.
  "${run[@]}" -o parts.latents --memory parts.memory --resume 2>>repairs.txt &
  pid=$!
  # Every fifth kill comes at any moment from the start on, the others at any moment of the chunk after the first that was written.
  if [ $((kills % 5)) = 2 ]; then
    moment=$((RANDOM % (10 * chunk)))
  else
    moment=$((RANDOM % chunk))
    within 60 further "$before" $pid
  fi
  pause $moment
  kill -9 $pid 2>/dev/null || true
  status=0
  wait $pid 2>/dev/null || status=$?
  if [ $status = 137 ]; then
    kills=$((kills + 1))
    echo "kill $kills: $moment" >>moments.txt
  else # the rest of the kills are for another run
    [ $status = 0 ] || { cat repairs.txt >&2; exit 1; }
    echo "the end came first" >>moments.txt
    same
    rm -r parts.latents parts.memory
  fi
done
"${run[@]}" -o parts.latents --memory parts.memory --resume 2>>repairs.txt || { cat repairs.txt >&2; exit 1; }
same
