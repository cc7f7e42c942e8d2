# Fewer steps for what the model made itself: the same while generating, after a stop, from the stream and in a replay.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
printf 'turn left\nturn right\n{"action": "walk forward", "chunks": 3}\n' >actions.txt
run=(svg-generate given.latents "${quiet[@]}" --model model --actions actions.txt --steps 3 --fast-rank 2 --fast-steps 4 --learn-input)
few=("${run[@]}" --fast-own-steps 1)
steps() { grep -o '"steps":[0-9]*' "$1/log.jsonl" | cut -d: -f2 | paste -sd ' '; }
svg-generate first.latents "${quiet[@]}" --model model --actions actions.txt --steps 3 --no-fast | svg-decode - --model model -o given.mkv "${quiet[@]}"
svg-encode --model model given.mkv --chunks 3 -o given.latents "${quiet[@]}"
"${few[@]}" -o whole.latents --memory whole.memory
echo "given, then made: $(steps whole.memory)"
svg-fastlearn "${quiet[@]}" --model model --fast-rank 2 --fast-steps 4 --fast-own-steps 1 --memory seen.memory whole.latents >/dev/null
echo "from the stream: $(steps seen.memory)"
svg-memory verify whole.memory --replay whole.latents --model model
# Stopped and resumed.
"${few[@]}" -o parts.latents --memory parts.memory &
pid=$!
four_learned() { [ -e parts.memory/log.jsonl ] && [ "$(steps parts.memory | wc -w)" -ge 4 ]; }
within 60 four_learned
kill -9 $pid 2>/dev/null || true
wait $pid 2>/dev/null || true
"${few[@]}" -o parts.latents --memory parts.memory --resume
cmp whole.latents parts.latents
same_memory whole.memory parts.memory
# As many as there are: no difference. None: what the model makes is not learned.
"${run[@]}" -o all.latents --memory all.memory --fast-own-steps 9
echo "more than there are: $(steps all.memory)"
"${run[@]}" -o none.latents --memory none.memory --fast-own-steps 0
echo "none: $(steps none.memory)"
# What it made is known already, what was given is learned all the same.
"${few[@]}" -o known.latents --memory known.memory --fast-own-gate 1000
echo "known: $(steps known.memory)"
svg-memory verify known.memory --replay known.latents --model model
# What teaches nothing is undone: the memory keeps what it was.
"${few[@]}" -o undone.latents --memory undone.memory --fast-own-guard 0.01
grep -o '"norm":[0-9.e-]*' undone.memory/log.jsonl | uniq -c | awk '{print $1}' | paste -sd ' '
svg-memory verify undone.memory --replay undone.latents --model model
