# Every fault is one line and its exit code, and leaves nothing behind.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
printf 'turn left\nturn right\n' >actions.txt
base=(svg-generate "${quiet[@]}" --model model --steps 2 --fast-rank 2)

# expect NAME COMMAND...: status and message, with fingerprints left out; o/ must be as empty as before.
expect() {
  local name=$1 status=0
  shift
  "$@" >out 2>err </dev/null || status=$?
  echo "$name -> $status: $(sed -E 's/(xxh128|sha256):[0-9a-f]+/\1:.../g; s/tmp-[0-9a-f]+/tmp-.../; s/at byte [0-9]+/at byte .../' err)"
  [ -z "$(ls -A o)" ] || { echo "left behind:"; ls -R o; }
  [ ! -s out ] || echo "on standard output: $(wc -c <out) bytes"
  rm -rf o
  mkdir o
}
mkdir o
to=(-o o/out.latents --memory o/m.memory)
set_byte() { printf "\\x$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }  # FILE OFFSET BYTE
flip() { set_byte "$1" "$2" $(printf %02x $((255 ^ $(od -An -tu1 -j"$2" -N1 "$1")))); }  # FILE OFFSET
size() { stat -Lc %s "$1"; }
copy_model() { cp -rL model "$1"; }
unet=unet/diffusion_pytorch_model.safetensors

# Usage.
expect "wrong flag" "${base[@]}" --actions actions.txt --fast-step 3 first.latents
expect "both from standard input" "${base[@]}" --actions - "${to[@]}"
expect "resume of standard output" "${base[@]}" --actions actions.txt --resume first.latents
expect "no model" svg-generate --actions actions.txt first.latents
expect "unknown sampler" "${base[@]}" --actions actions.txt --sampler magic first.latents "${to[@]}"
expect "unknown target" "${base[@]}" --actions actions.txt --lora-targets attention,to_z first.latents "${to[@]}"
expect "apply" "${base[@]}" --actions actions.txt --fast-apply 700:10 first.latents "${to[@]}"
expect "timesteps" "${base[@]}" --actions actions.txt --fast-timesteps 10 first.latents "${to[@]}"

# What is missing.
for part in unet text_encoder scheduler tokenizer; do
  copy_model without
  rm -r without/$part
  expect "no $part" svg-generate "${quiet[@]}" --model without --actions actions.txt first.latents "${to[@]}"
  rm -r without
done
expect "no such model" svg-generate "${quiet[@]}" --model nowhere --actions actions.txt first.latents "${to[@]}"
expect "no such input" "${base[@]}" --actions actions.txt nowhere.latents "${to[@]}"
expect "no such actions" "${base[@]}" --actions nowhere.txt first.latents "${to[@]}"
expect "actions are a folder" "${base[@]}" --actions model first.latents "${to[@]}"
expect "no such revision" "${base[@]}" --actions actions.txt first.latents -o o/out.latents --memory o/m.memory@3
expect "empty input" "${base[@]}" --actions actions.txt "${to[@]}"

# Damaged.
copy_model cut
truncate -s -100 cut/$unet
expect "weights cut off" svg-generate "${quiet[@]}" --model cut --actions actions.txt first.latents "${to[@]}"
copy_model flipped
set_byte flipped/$unet 12 00
expect "weights with a flipped byte" svg-generate "${quiet[@]}" --model flipped --actions actions.txt first.latents "${to[@]}"
printf 'turn left\n{"action": "turn left", "chunk": 3}\n' >keys.txt
expect "unknown key in the actions" "${base[@]}" --actions keys.txt first.latents "${to[@]}" | grep -v -e "left behind" -e "^o" -e '^$' | head -n 1
rm -rf o && mkdir o
printf 'turn \xff\n' >bytes.txt
expect "actions that are no text" "${base[@]}" --actions bytes.txt first.latents --no-fast -o /dev/null
cp first.latents flipped.latents
flip flipped.latents $(($(size first.latents) / 2))
expect "input with a flipped byte" "${base[@]}" --actions actions.txt flipped.latents "${to[@]}"

# Cut off: its whole chunks are used, and the exit code says so.
head -c -20 first.latents >cut.latents
"${base[@]}" --actions actions.txt first.latents -o whole.latents
status=0
"${base[@]}" --actions actions.txt cut.latents -o cut-out.latents 2>err || status=$?
echo "input cut off -> $status: $(cat err)"
[ "$(generated cut-out.latents)" = 2 ]
"${base[@]}" --actions actions.txt cut.latents --salvage -o salvaged.latents 2>err
echo "salvaged -> $?: $(cat err)"
cmp cut-out.latents salvaged.latents
head -c 40 first.latents >torn.latents
expect "input cut off in its first record" "${base[@]}" --actions actions.txt torn.latents "${to[@]}"

# Outputs.
expect "full disk" "${base[@]}" --actions actions.txt first.latents -o /dev/full
status=0
"${base[@]}" --actions actions.txt first.latents >/dev/full 2>err || status=$?
echo "full disk behind standard output -> $status: $(cat err)"
expect "no such folder" "${base[@]}" --actions actions.txt first.latents -o nowhere/out.latents --memory o/m.memory
expect "a folder of this name" "${base[@]}" --actions actions.txt first.latents -o model --memory o/m.memory
expect "no folder for the memory" "${base[@]}" --actions actions.txt first.latents -o o/out.latents --memory actions.txt/m.memory
expect "no folder for the timings" "${base[@]}" --actions actions.txt first.latents -o o/out.latents --timings nowhere/t.jsonl

# What contradicts the model.
svg-pretrain "${quiet[@]}" --component vae --model "$CASE_DIR/../../support/tiny_config" --data data -o vae2 --steps 1 --batch 2 --seed 2
copy_model other-vae
cp vae2/vae/*.safetensors other-vae/vae/
expect "stream of another VAE" svg-generate "${quiet[@]}" --model other-vae --actions actions.txt first.latents "${to[@]}"
copy_model rescaled
sed -i 's/"scaling_factor": [0-9.]*/"scaling_factor": 0.5/' rescaled/vae/config.json
expect "latents of another scale" svg-generate "${quiet[@]}" --model rescaled --actions actions.txt first.latents "${to[@]}"
expect "the same, to learn" svg-fastlearn "${quiet[@]}" --model rescaled --memory o/m.memory first.latents
expect "the same, to decode" svg-decode --progress never --model rescaled first.latents -o o/x.mkv
expect "the same, to train on" svg-pretrain "${quiet[@]}" --model rescaled --data first.latents -o o/trained --steps 1 --batch 1
"${base[@]}" --actions actions.txt first.latents -o a.latents --memory a.memory
cp -r a.memory kept.memory
svg-pretrain "${quiet[@]}" --model vae --data data -o other-unet --past 4 --future 4 --steps 1 --batch 1 --train-text-encoder --seed 2
expect "memory of another model" svg-generate "${quiet[@]}" --model other-unet --fast-rank 2 --actions actions.txt first.latents -o o/x --memory a.memory
expect "memory of another rank" svg-generate "${quiet[@]}" --model model --steps 2 --fast-rank 3 --actions actions.txt first.latents -o o/x --memory a.memory
expect "memory of other targets" "${base[@]}" --lora-targets ff --actions actions.txt first.latents -o o/x --memory a.memory
diff -r kept.memory a.memory

# Damaged memories.
cp -r a.memory b.memory
flip b.memory/rev/2.safetensors $(($(size b.memory/rev/2.safetensors) - 4))
expect "damaged delta" "${base[@]}" --actions actions.txt first.latents -o o/x --memory b.memory
cp -r a.memory c.memory
set_byte c.memory/memory.json 30 00
expect "damaged memory.json" "${base[@]}" --actions actions.txt first.latents -o o/x --memory c.memory
cp -r a.memory d.memory
set_byte d.memory/log.jsonl 30 00
expect "damaged log" "${base[@]}" --actions actions.txt first.latents -o o/x --memory d.memory

# Two writers of one memory, and of one output.
mkfifo wait.fifo
"${base[@]}" --actions wait.fifo first.latents -o first-writer.latents --memory shared.memory 2>stop.err &
pid=$!
exec 3>wait.fifo
echo "turn left" >&3
first_writer() { [ "$(generated first-writer.latents.partial)" = 1 ]; }
within 60 first_writer
expect "memory with a writer" "${base[@]}" --actions actions.txt first.latents -o o/x --memory shared.memory
expect "output with a writer" "${base[@]}" --actions actions.txt first.latents -o first-writer.latents --memory o/m.memory
# That one is stopped, and goes on only as it began.
kill -TERM $pid
wait $pid || echo "stopped -> $?: $(cat stop.err)"
exec 3>&-
resume=("${base[@]}" first.latents -o first-writer.latents --memory shared.memory --resume)
printf 'turn right\nturn left\n' >other.txt
printf '{"action": "turn left", "action_inverse": "turn right"}\n' >inverse.txt
cp first-writer.latents.partial before.partial
expect "resumed with other actions" "${resume[@]}" --actions other.txt
expect "resumed with another inverse" "${resume[@]}" --actions inverse.txt
expect "resumed with other settings" "${resume[@]}" --actions actions.txt --fast-lr 0.5
expect "resumed without the input" "${resume[@]}" --actions actions.txt --only-generated
expect "resumed with another seed" "${resume[@]}" --actions actions.txt --seed 4
expect "resumed without the memory" "${base[@]}" first.latents -o first-writer.latents --resume --actions actions.txt
"${base[@]}" --actions actions.txt first.latents -o b.latents --memory other.memory --fast-lr 0.5
expect "resumed with another memory" "${base[@]}" first.latents -o first-writer.latents --resume --actions actions.txt --memory other.memory
cmp before.partial first-writer.latents.partial
"${base[@]}" first.latents -o meanwhile.latents --memory shared.memory --actions actions.txt
expect "resumed after another run" "${resume[@]}" --actions actions.txt
cmp before.partial first-writer.latents.partial
