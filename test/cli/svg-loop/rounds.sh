# The loop from data to weights: a store by shards is the store in one go, a killed run the run that nothing happened to; faults are one
# line and their exit code.
. "$CASE_DIR/../tiny.bash"
quiet[0]=-qq  # sentences are longer than the small model takes
make_tiny_model
svg-world dataset -q --profile tiny --sentences plain --episodes 5 --chunks 4 --seed 2 -o walks
svg-world dataset -q --profile tiny --sentences plain --episodes 3 --chunks 4 --split val --seed 2 -o held
small=(--fast-rank 2 --fast-steps 2)
fast=(svg-loop fast "${quiet[@]}" --model model --data walks "${small[@]}" --episode-batch 2)

"${fast[@]}" --estimate -o whole.store | sed 's/[0-9.]* MiB/N MiB/g'
[ ! -e whole.store/episodes ]
"${fast[@]}" -o whole.store | sed -E 's/[0-9.]+ s/N s/g'
svg-inspect --verify whole.store
svg-memory log whole.store/episodes/000003.memory | awk '{print $1, $2, $3, $6}' | head -n 3
# Who learns in step with whom follows from the part: one at a time, parts give the bytes of the whole.
same_store() { diff -r --exclude=lock --exclude=latents --exclude='index-*' --exclude=timings.jsonl "$1" "$2"; }
svg-loop fast "${quiet[@]}" --model model --data walks "${small[@]}" --episode-batch 1 -o one.store >/dev/null
for i in 1 2; do
  svg-loop fast "${quiet[@]}" --model model --data walks "${small[@]}" --episode-batch 1 --shard $i/2 -o parts.store >/dev/null &
done
wait
svg-inspect --verify parts.store
same_store one.store parts.store && echo "two shards: the same store"

# Killed at random moments.
RANDOM=4
for _ in 1 2 3; do
  "${fast[@]}" -o killed.store --resume >/dev/null 2>&1 &
  pid=$!
  sleep 0.$(printf %03d $((RANDOM % 900)))
  kill -9 $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true
done
"${fast[@]}" -o killed.store --resume >/dev/null
diff -r --exclude=lock --exclude=latents whole.store killed.store && echo "killed: the same store"

slow=(svg-loop slow "${quiet[@]}" --model model --steps 30 --batch 2 --lr 1e-4 --checkpoint-every 5)
"${slow[@]}" --store whole.store -o own
svg-inspect -q --verify own >/dev/null
for _ in 1 2; do
  "${slow[@]}" --store whole.store -o killed --resume &
  pid=$!
  within 60 test -e killed/training/state.safetensors
  sleep 0.$(printf %03d $((RANDOM % 600)))
  kill -9 $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true
done
"${slow[@]}" --store whole.store -o killed --resume
weights=unet/diffusion_pytorch_model.safetensors
for file in training/state.safetensors training/metrics.jsonl $weights provenance.json; do cmp own/$file killed/$file; done
# Whose memory it is matters; memories learned again are those that were stored.
"${slow[@]}" --store whole.store --memory none -o none
"${slow[@]}" --store whole.store --memory swapped -o swapped
"${fast[@]}" --store-dtype fp32 -o exact.store >/dev/null
"${fast[@]}" --store replay -o replay.store >/dev/null
[ ! -e replay.store/episodes/000000.memory ]
"${slow[@]}" --store exact.store -o exact
"${slow[@]}" --store replay.store -o replayed
for a in own none swapped; do for b in none swapped exact; do [ $a = $b ] || { ! cmp -s $a/$weights $b/$weights; }; done; done
cmp exact/$weights replayed/$weights && echo "replay: the same weights"

# Rounds, held-out losses, and the run that goes on.
run=(svg-loop run "${quiet[@]}" --model model --data walks --validation held "${small[@]}" --episode-batch 2 --steps 6 --batch 2 --lr 1e-4)
"${run[@]}" --rounds 2 -o rounds >rounds.txt
wc -l <rounds.txt
[ "$(readlink rounds/model)" = round-001 ] || [ "$(readlink rounds/model)" = round-002 ]
[ ! -e rounds/round-001/store ]
"${run[@]}" --rounds 1 -o further >/dev/null
"${run[@]}" --rounds 2 -o further --resume >further.txt
cmp rounds.txt further.txt
cmp rounds/round-002/$weights further/round-002/$weights && echo "one more round: the same weights"
"${run[@]}" --rounds 9 --until 100 -o few --json | wc -l
# What a run without a store cannot do is said before anything is made.
"${run[@]}" --online --train-text-encoder -o refused 2>&1 || echo "exit $?"
ls -d refused 2>&1 || true
"${run[@]}" --online --rounds 1 -o online --json | python3 -c 'import json, sys; print(sorted(json.loads(sys.stdin.readline())["after"]))'
"${run[@]}" --online --rounds 1 -o stopped --max-steps 2 2>/dev/null || echo "stopped: $?"
"${run[@]}" --online --rounds 1 -o stopped --resume >/dev/null
cmp online/round-001/$weights stopped/round-001/$weights && echo "online: the same weights"

expect() {
  local name=$1 status=0
  shift
  "$@" 2>err >/dev/null || status=$?
  echo "$name -> $status: $(sed -E 's/(xxh128|sha256):[0-9a-f]+/\1:.../g' err)"
}
expect "there already" "${fast[@]}" -o whole.store
expect "other settings" "${fast[@]}" --fast-lr 0.5 -o whole.store --resume
expect "another model" svg-loop slow "${quiet[@]}" --model own --steps 1 --store whole.store -o other
rm parts.store/index-1-of-2.json
expect "an unfinished shard" "${slow[@]}" --store parts.store -o other
rm one.store/episodes/000001.memory/rev/1.safetensors
expect "a missing revision" "${slow[@]}" --store one.store -o other
expect "no store" "${slow[@]}" --store nowhere -o other
expect "a run is there" "${run[@]}" --rounds 1 -o rounds
expect "a shard that is none" "${fast[@]}" --shard 3/2 -o other.store
stream=$(ls whole.store/latents/*.latents)
head -c -100 "$stream" >cut.latents
expect "cut-off data" svg-loop fast "${quiet[@]}" --model model --data cut.latents "${small[@]}" -o other.store
[ ! -e other ]
