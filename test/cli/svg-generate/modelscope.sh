# A directory of ModelScopeT2V's structure is a model like any other; one that is damaged or mixed up is refused with one line.
narrow_modelscope model
svg-world dataset -q --episodes 1 --chunks 2 --seed 3 -o data
export OMP_NUM_THREADS=1
quiet=(-q --progress never --threads 1)
svg-encode "${quiet[@]}" --model model --size 64x64 --frames 4 --chunks 2 data -o first.latents
flags=(--model model --past 4 --future 4 --steps 3 --guidance 4 --fast-rank 2 --fast-steps 2)
printf 'turn left\nwalk forward\n' >actions.txt

# The same walk in one go, in two pipes, and learned from the stream it left.
svg-generate "${quiet[@]}" "${flags[@]}" --memory walk.memory --actions actions.txt first.latents | tee walk.latents | svg-decode "${quiet[@]}" --model model --vae-tile 32 -o frames/%05d.png
find frames -name '*.png' | wc -l
svg-memory log walk.memory | wc -l
svg-generate "${quiet[@]}" "${flags[@]}" --dtype bf16 --memory half.memory --actions actions.txt first.latents -o half.latents
svg-inspect --verify half.latents half.memory | cut -d: -f1

bad() { expect "$1" svg-generate "${quiet[@]}" --model "$2" --no-fast --steps 1 --actions actions.txt first.latents -o bad.latents; }

for dtype in bf16 fp16; do
  svg-generate "${quiet[@]}" "${flags[@]}" --dtype $dtype --no-fast --actions actions.txt first.latents | svg-inspect --verify - | cut -d: -f1
done
expect() {
  local name=$1 status=0
  shift
  "$@" 2>err >out || status=$?
  # What was learned depends on the machine in its last bits.
  echo "$name -> $status: $(head -n 1 err | cut -c1-330 | sed 's/lora:[0-9a-f]*/lora:HASH/g')"
}
expect "learning in fp16" svg-generate "${quiet[@]}" "${flags[@]}" --dtype fp16 --actions actions.txt first.latents -o half.latents

# Shards as other programs write them: NAMES that an index places in files.
shards() {  # shards DIR: unet/ as two shards
  cp -r model "$1"
  python3 - "$1/unet" <<'PYTHON'
import json, pathlib, struct, sys
folder = pathlib.Path(sys.argv[1])
file = folder / "diffusion_pytorch_model.safetensors"
data = file.read_bytes()
size = struct.unpack("<Q", data[:8])[0]
header, body = json.loads(data[8:8 + size]), data[8 + size:]
header.pop("__metadata__")
names, weight_map = sorted(header, key=lambda n: header[n]["data_offsets"]), {}
for part, some in (("one", names[:len(names) // 2]), ("two", names[len(names) // 2:])):
    begin, end = header[some[0]]["data_offsets"][0], header[some[-1]]["data_offsets"][1]
    text = json.dumps({n: dict(header[n], data_offsets=[o - begin for o in header[n]["data_offsets"]]) for n in some}).encode()
    (folder / f"{part}.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + body[begin:end])
    weight_map |= {n: f"{part}.safetensors" for n in some}
file.unlink()
(folder / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
PYTHON
}
shards sharded
bad "in one file" model && mv bad.latents one.latents
bad "in shards" sharded
cmp one.latents bad.latents && rm bad.latents
shards missing && rm missing/unet/two.safetensors
bad "a missing shard" missing
shards mixed && cp "$CASE_DIR/../../../examples/models/maze-tiny/unet/diffusion_pytorch_model.safetensors" mixed/unet/two.safetensors
bad "a shard of another model" mixed
cp -r model other && cp "$CASE_DIR/../../../examples/models/maze-tiny/unet/diffusion_pytorch_model.safetensors" other/unet/
bad "weights of another model" other
shards numbers && sed -i '1s/"F32"/"I32"/g' numbers/unet/one.safetensors
bad "whole numbers" numbers
shards cut && truncate -s -100 cut/unet/one.safetensors
bad "a shard cut off" cut
cp -r model pickled && mv pickled/unet/diffusion_pytorch_model.safetensors pickled/unet/diffusion_pytorch_model.bin
bad "only .bin" pickled
cp -r model t5 && sed -i 's/"CLIPTokenizer"/"T5Tokenizer"/' t5/tokenizer/tokenizer_config.json
bad "a tokenizer of another class" t5
cp -r model wide && sed -i 's/"cross_attention_dim": 24/"cross_attention_dim": 32/' wide/unet/config.json
bad "another width of text" wide
# LoRAs in the base weights: what is learned belongs to the changed model.
delta=walk.memory/rev/$(ls walk.memory/rev | grep -v state | tail -n 1)
lora() { expect "$1" svg-generate "${quiet[@]}" "${flags[@]}" --memory lora.memory --actions actions.txt first.latents -o lora.latents "${@:2}"; }
lora "two LoRAs" --lora "$delta" --lora "$delta:-0.5"
lora "the memory without them"
lora "a scale that is no number" --lora "$delta:x"
lora "no such LoRA" --lora nowhere.safetensors
lora "no LoRA" --lora model/unet/diffusion_pytorch_model.safetensors
expect "a LoRA of another model" svg-generate "${quiet[@]}" --model "$CASE_DIR/../../../examples/models/maze-tiny" --no-fast --lora "$delta" --actions actions.txt first.latents
expect "a tile that does not fit" svg-decode "${quiet[@]}" --model model --vae-tile 20 -o tile.mp4 walk.latents
ls bad.latents* tile.mp4 2>/dev/null || true
