# Killed at random moments and resumed each time, a run gives the bytes of the run that nothing happened to: stream and memory. Here without
# learning, without a directory, from an older revision; kill_at_20_moments.sh is the plain case.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
mixed_actions 24 >actions.txt
base=(svg-generate first.latents "${quiet[@]}" --model model --actions actions.txt)
run=("${base[@]}" --steps 4 --fast-rank 2 --fast-steps 2)

grown() { [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" != "$2" ] || ! kill -0 "$3" 2>/dev/null; }

# killed N NAME FLAGS...: NAME.latents by a run that is killed N times: at any moment after a start (every fifth time), or soon after it has
# written something. Says how often the kill came before the end.
killed() {
  local times=$1 name=$2 hits=0 pid before
  shift 2
  for ((i = 1; i <= times; ++i)); do
    before=$(stat -c %s $name.latents.partial 2>/dev/null || echo 0)
    # A kill inside the writing of a revision leaves files that the next run clears away, and says so.
    "${run[@]}" -o $name.latents --resume "$@" 2>>repairs.txt &
    pid=$!
    if [ $((i % 5)) = 2 ]; then
      sleep 0.$(printf %03d $((RANDOM % 900)))
    else
      within 60 grown $name.latents.partial "$before" $pid
      sleep 0.$(printf %03d $((RANDOM % 80)))
    fi
    kill -9 $pid 2>/dev/null && hits=$((hits + 1))
    wait $pid 2>/dev/null || true
  done
  [ $hits -ge $((times * 2 / 3)) ] || echo "$name: only $hits of $times kills came before the end"
  "${run[@]}" -o $name.latents --resume "$@" 2>>repairs.txt || { cat repairs.txt >&2; return 1; }
  [ ! -e $name.latents.partial ]
}

RANDOM=20
# More sampler steps: without learning a run would end before it can be killed.
run=("${base[@]}" --no-fast --steps 24)
"${run[@]}" -o bare.latents
killed 3 bare-parts
cmp bare.latents bare-parts.latents
run=("${base[@]}" --steps 4 --fast-rank 2 --fast-steps 2)

# Without a directory the memory lived in the killed process: it is learned again.
killed 3 no-memory
"${run[@]}" -o no-memory-whole.latents
cmp no-memory-whole.latents no-memory.latents

# The input is learned too, and windows come from everything so far.
"${run[@]}" -o input.latents --memory input.memory --learn-input --fast-source all --fast-reverse 0.5 --keep last
killed 4 input-parts --memory input-parts.memory --learn-input --fast-source all --fast-reverse 0.5 --keep last
cmp input.latents input-parts.latents
same_memory input.memory input-parts.memory

# From a revision in the middle: those behind it are another history, and stay.
"${run[@]}" -o whole.latents --memory whole.memory
cp -r whole.memory branch.memory
cp -r whole.memory branch-parts.memory
"${run[@]}" -o branch.latents --memory branch.memory@3
killed 4 branch-parts --memory branch-parts.memory@3
cmp branch.latents branch-parts.latents
same_memory branch.memory branch-parts.memory
for k in $(seq 24); do cmp whole.memory/rev/$k.safetensors branch.memory/rev/$k.safetensors; done

# A finished run stays as it is, and is only said to be finished to the command that made it.
"${base[@]}" -o bare.latents --no-fast --steps 24 --resume
"${base[@]}" -o bare.latents --no-fast --steps 5 --resume || echo "another command: $?"
cmp bare.latents bare-parts.latents
