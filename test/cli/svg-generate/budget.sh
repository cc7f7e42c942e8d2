# Steps from a budget of time: noted, and made again by another run to the byte.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
printf 'turn left\nturn right\n{"action": "walk forward", "chunks": 4}\n' >actions.txt
run=(svg-generate first.latents "${quiet[@]}" --model model --actions actions.txt --steps 3 --fast-rank 2 --fast-steps 2000)
steps() { grep -o '"steps":[0-9]*' "$1/log.jsonl" | cut -d: -f2; }
"${run[@]}" -o timed.latents --memory timed.memory --fast-budget 150%
[ "$(steps timed.memory | wc -l)" = 6 ]
[ "$(steps timed.memory | sort -n | tail -n 1)" -lt 2000 ]
"${run[@]}" -o again.latents --memory again.memory --fast-budget 150% --fast-replay timed.memory
cmp timed.latents again.latents
same_memory timed.memory again.memory
svg-fastlearn "${quiet[@]}" --model model --fast-rank 2 --fast-steps 2000 --no-learn-input --memory seen.memory --fast-budget 150% --fast-replay timed.memory timed.latents >/dev/null
diff <(steps timed.memory) <(steps seen.memory)

# Seconds a chunk. Stopped and resumed: what was learned stays, whatever it took.
svg-fastlearn "${quiet[@]}" --model model --fast-rank 2 --fast-steps 2000 --memory timely.memory --fast-budget 0.3s timed.latents >/dev/null
[ "$(steps timely.memory | sort -n | tail -n 1)" -lt 2000 ]
"${run[@]}" -o parts.latents --memory parts.memory --fast-budget 150% &
pid=$!
# A revision counts once its line stands in the log, which comes after its weights.
two_learned() { [ -e parts.memory/log.jsonl ] && [ "$(steps parts.memory | wc -l)" -ge 2 ]; }
within 60 two_learned
kill -9 $pid 2>/dev/null || true
wait $pid 2>/dev/null || true
before=$(steps parts.memory | head -n 2)
"${run[@]}" -o parts.latents --memory parts.memory --fast-budget 150% --resume 2>err || cat err
[ "$(steps parts.memory | head -n 2)" = "$before" ]
"${run[@]}" -o once.latents --memory once.memory --fast-budget 150% --fast-replay parts.memory
cmp parts.latents once.latents
same_memory parts.memory once.memory

# A budget that no step fits into: revisions all the same, and the weights stay.
"${run[@]}" -o poor.latents --memory poor.memory --fast-budget 0.000001s
steps poor.memory | awk '{n += $1} END {exit n > 1}'
svg-memory verify poor.memory

# The held-out loss says when it is enough: no time is measured, so every run makes the same steps.
"${run[@]}" -o until.latents --memory until.memory --fast-until 1000
steps until.memory | paste -sd ' '
grep -c '"loss_after":null' until.memory/log.jsonl || true
"${run[@]}" -o both.latents --memory both.memory --fast-until 1000 --fast-budget 100s --fast-decay 0.5
"${run[@]::${#run[@]}-1}" 5 -o five.latents --memory five.memory --fast-budget 100s
"${run[@]}" -o both-again.latents --memory both-again.memory --fast-until 1000 --fast-budget 100s --fast-decay 0.5 --fast-replay both.memory
same_memory both.memory both-again.memory

expect() {
  local name=$1 status=0
  shift
  "$@" 2>err >/dev/null || status=$?
  echo "$name -> $status: $(head -n 1 err)"
}
expect "no unit" "${run[@]}" -o x.latents --fast-budget 5
expect "a share of nothing" svg-fastlearn "${quiet[@]}" --model model --memory x.memory --fast-budget 5% timed.latents
expect "no memory to replay" "${run[@]}" -o x.latents --fast-budget 150% --fast-replay nowhere.memory
expect "a memory of fewer chunks" "${run[@]}" -o x.latents --fast-budget 150% --fast-replay timed.memory@2
expect "another limit of steps" svg-generate first.latents "${quiet[@]}" --model model --actions actions.txt --fast-rank 2 --fast-steps 0 -o x.latents --fast-budget 150% --fast-replay five.memory
expect "no budget to replay" "${run[@]}" -o x.latents --fast-replay timed.memory
expect "resumed without a memory" "${run[@]}" -o x.latents --fast-budget 5% --resume
expect "no loss to stop at" "${run[@]}" -o x.latents --fast-until 0.1 --fast-check 0
