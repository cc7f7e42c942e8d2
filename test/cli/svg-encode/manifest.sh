# An episode directory: its chunks, actions and roles arrive in the stream; --chunks and --episode select; equal bytes each time.
tiny_model M
svg-world rollout --world maze --geometry 3 --appearance 5 --script walk --chunks 4 --profile tiny -o walk -q
svg-encode --model M walk -o a.latents -q
svg-encode --model M walk -q >b.latents
cmp a.latents b.latents
zstd -tq a.latents
svg-encode --model M walk --chunks 2 -q | svg-decode --model M -q -o two.mkv
svg-decode --model M a.latents -q -o all.mkv
echo "frames: $(ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 two.mkv) of $(ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 all.mkv)"
python3 - <<'PY'
import json, struct
data, at = open("a.latents", "rb").read(), 0
world = [json.loads(line) for line in open("walk/chunks.jsonl")]
chunks = []
while (at := data.find(b"\x5e\x2a\x4d\x18", at)) >= 0:
    size = struct.unpack("<I", data[at + 4:at + 8])[0]
    try:
        header = json.loads(data[at + 8:at + 8 + size])
    except ValueError:
        header = {}
    if header.get("kind") == "chunk":
        chunks.append(header)
    at += 4
assert [c["action"] for c in chunks] == [c["text"] for c in world], chunks
assert [c.get("action_inverse") for c in chunks] == [c["text_inverse"] for c in world], chunks
assert [c["role"] for c in chunks] == ["input"] + ["truth"] * (len(chunks) - 1)
assert [c["index"] for c in chunks] == [c["k"] for c in world]
print(len(chunks), "chunks, as the manifest has them")
PY
svg-encode --model M walk --episode nowhere -q || echo "status $?"
