# For cases of executables that compute: source "$CASE_DIR/../tiny.bash".

# Nothing but faults on standard error, and no more threads than a busy machine has.
quiet=(-q --threads 1 --progress never)

# In this folder: data/ (one walk of two chunks), model/ (fresh weights after one update) and first.latents (the walk, encoded).
make_tiny_model() {
  svg-world dataset -q --profile tiny --episodes 1 --chunks 2 -o data
  svg-pretrain "${quiet[@]}" --component vae --model "$CASE_DIR/../../support/tiny_config" --data data -o vae --steps 1 --batch 2
  svg-pretrain "${quiet[@]}" --model vae --data data -o model --past 4 --future 4 --steps 1 --batch 1 --lr 1e-3 --train-text-encoder
  mv model/latents/*.latents first.latents
}

# mixed_actions N: sentences, and lines that name an inverse and a seed.
mixed_actions() {
  local k
  for k in $(seq "$1"); do
    case $((k % 3)) in
      0) echo "turn left" ;;
      1) echo "{\"action\": \"turn right\", \"action_inverse\": \"turn left\", \"seed\": $k}" ;;
      2) echo "walk forward" ;;
    esac
  done
}

# Chunks generated so far: the headers of records stand uncompressed in a stream.
generated() { [ -f "$1" ] && grep -a -o '"role":"generated"' "$1" | wc -l || echo 0; }

# within SECONDS CONDITION...: waits until the condition holds.
within() {
  local tries=$(($1 * 50))
  shift
  until "$@"; do
    [ $((tries--)) -gt 0 ] || { echo "waited in vain for: $*"; return 1; }
    sleep 0.02
  done
}

# Whether two memories are the same to the byte; how long each chunk took may differ.
same_memory() { diff -r --exclude=timings.jsonl --exclude=lock "$1" "$2"; }
