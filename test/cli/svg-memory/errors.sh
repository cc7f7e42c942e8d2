# Every fault is one line and its exit code, and changes nothing.
vectors="$CASE_DIR/../../../formats/vectors"
cp -r "$vectors/valid/0301_walk.memory" walk.memory
cp -r "$vectors/valid/0302_last.memory" last.memory
cp -r "$vectors/valid/0401_tiny.model" tiny.model
cp "$vectors/valid/0001_empty.latents" empty.latents
mkdir o

# expect NAME ARGUMENTS...: status and what is said; the memories and o/ must be as before.
expect() {
  local name=$1 status=0
  shift
  rm -rf kept
  mkdir kept
  cp -r ./*.memory kept/
  svg-memory "$@" >out 2>err </dev/null || status=$?
  echo "$name -> $status: $(sed -E 's/(xxh128|sha256):[0-9a-f]+/\1:.../g' err | head -n 1)"
  [ ! -s out ] || sed 's/^/  /' out
  for m in kept/*.memory; do diff -r "$m" "${m#kept/}"; done
  [ -z "$(ls -A o)" ] || { echo "left behind:"; ls -R o; }
}
flip() { printf "\\x$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }  # FILE OFFSET BYTE
size() { stat -Lc %s "$1"; }

echo "--- usage"
expect "no command"
expect "unknown command" lgo walk.memory
expect "whole memory" log walk.memory@1
expect "no revision" checkout walk.memory
expect "no number" checkout walk.memory@x
expect "range backwards" forget walk.memory@3..2
expect "range from 0" forget walk.memory@0..2
expect "no range" forget walk.memory
expect "unknown form" export walk.memory --as kohya -o o/x
expect "unknown keep" import walk.memory/rev/1.safetensors --model . -o o/x --keep some

echo "--- what is not there"
for command in "log no.memory" "show no.memory" "verify no.memory" "gc no.memory" "checkout no.memory@1" "forget no.memory@1" "fork no.memory o/x"; do
  expect "no memory" $command
done
expect "no revision 7" show walk.memory@7
expect "no revision 7" checkout walk.memory@7
expect "no revision 7" fork walk.memory@7 o/x
expect "no revision 7" forget walk.memory@2..7
expect "no revision 7" export walk.memory@7 --as peft -o o/x
expect "no revision 7" tail walk.memory@7 "$vectors/valid/0002_walk.latents" -o o/x
expect "nothing in revision 0" export walk.memory@0 --as peft -o o/x
expect "files not kept" checkout last.memory@1
expect "files not kept" fork last.memory@1 o/x
expect "no stream" tail walk.memory no.latents -o o/x
expect "no such chunk in the stream" tail walk.memory@2 empty.latents -o o/x
expect "no lora" import no.safetensors --model . -o o/x
expect "no model" import walk.memory/rev/2.safetensors --model no -o o/x

echo "--- what does not belong together"
expect "another model" verify walk.memory --model tiny.model
expect "a layer that the model lacks" import walk.memory/rev/2.safetensors --model tiny.model -o o/x
svg-memory checkout walk.memory@2
expect "HEAD in the middle" forget walk.memory@1..2
svg-memory checkout walk.memory@3
expect "taken" fork walk.memory last.memory
expect "taken" export walk.memory --as peft -o walk.memory

echo "--- damage"
cp -r walk.memory torn.memory
truncate -s -20 torn.memory/log.jsonl
expect "torn log line, HEAD behind it" show torn.memory
printf '{"revision":4,"par' >>walk.memory/log.jsonl
expect "torn log line" log walk.memory
expect "torn log line" verify walk.memory
svg-memory gc walk.memory
cp -r walk.memory bits.memory
flip bits.memory/rev/2.safetensors $(($(size walk.memory/rev/2.safetensors) - 2)) 55
truncate -s -1 bits.memory/rev/3.state.safetensors
expect "damaged delta" export bits.memory@2 --as diffusers -o o/x
expect "all damage" verify bits.memory
expect "all damage" verify --json bits.memory
cp -r walk.memory log.memory
flip log.memory/log.jsonl 30 00
expect "damaged log" log log.memory
expect "damaged log" verify log.memory
expect "damaged log" gc log.memory
cp -r walk.memory json.memory
flip json.memory/memory.json 30 00
expect "damaged memory.json" show json.memory
rm -r torn.memory bits.memory log.memory json.memory

# A delta with NaN, as another program may have written it.
python3 - <<'Q'
import json, struct
header, data = {}, b""
for name, shape in (("unet.m.lora_A.weight", [1, 2]), ("unet.m.lora_B.weight", [2, 1])):
    header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 8]}
    data += struct.pack("<2f", 1, float("nan"))
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
open("nan.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + data)
Q
expect "NaN" import nan.safetensors --model tiny.model -o o/x

echo "--- another writer, a full disk"
exec 9>walk.memory/lock
flock 9
for command in "checkout walk.memory@2" "forget walk.memory@3" "gc walk.memory"; do expect "another writer" $command; done
svg-memory log --graph walk.memory
exec 9>&-
status=0
svg-memory log walk.memory >/dev/full 2>err || status=$?
echo "full disk behind standard output -> $status: $(cat err)"
# No file may grow.
set +e
(trap '' XFSZ; ulimit -f 0; svg-memory export walk.memory --as peft -o o/x) 2>&1 | sed 's/tmp-[0-9a-f]*/tmp-.../'
echo "full disk -> ${PIPESTATUS[0]}"
(trap '' XFSZ; ulimit -f 0; svg-memory forget walk.memory@2) 2>&1 | sed 's/tmp-[0-9a-f]*/tmp-.../'
echo "full disk -> ${PIPESTATUS[0]}"
set -e
svg-memory verify walk.memory
ls -A o
