#!/usr/bin/env python3
"""Writes the first inputs of every fuzz target, made from formats/vectors (parts.h says how folders become one file).

    seeds.py FOLDER"""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "formats/vectors"


def packed(parts):
    return b"\x1e\x1e".join(name.encode() + b"\x1f" + content for name, content in parts)


def folder_parts(folder):
    return [(str(p.relative_to(folder)), p.read_bytes()) for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "lock"]


def records(stream):
    """(header, tensors or None) of each record as far as they can be told apart."""
    at = 0
    while at + 8 <= len(stream) and stream[at:at + 4] == b"\x5e\x2a\x4d\x18":
        n = int.from_bytes(stream[at + 4:at + 8], "little")
        header, at = stream[at + 8:at + 8 + n], at + 8 + n
        data = None
        if stream[at:at + 4] == b"\x28\xb5\x2f\xfd":
            # Where the frame ends is where the next record begins: good enough for a seed.
            end = stream.find(b"\x5e\x2a\x4d\x18", at)
            end = len(stream) if end < 0 else end
            done = subprocess.run(["zstd", "-dcq"], input=stream[at:end], capture_output=True)
            data, at = done.stdout, end
        yield header, data


def seeds():
    for path in sorted(VECTORS.glob("*/*")):
        if path.suffix == ".latents":
            stream = path.read_bytes()
            yield "stream", path.name, stream
            parts = [("", h if d is None else h + b"\0" + d) for h, d in records(stream)]
            yield "sealed_stream", path.name, packed(parts)
        elif path.suffix == ".safetensors":
            yield "safetensors", path.name, path.read_bytes()
            yield "lora", path.name, packed([(path.name, path.read_bytes())])
        elif path.is_dir():
            kind = path.suffix[1:]
            yield kind, path.name, packed(folder_parts(path))
            if kind == "memory":  # a revision is a LoRA delta
                for revision in path.glob("rev/*.safetensors"):
                    if ".state" not in revision.name:
                        yield "lora", f"{path.name}.{revision.name}", packed([("delta.safetensors", revision.read_bytes())])
    for path in sorted(VECTORS.glob("environment/*/*.transcript")):
        yield "environment", path.name, path.read_bytes()
    weights = (VECTORS / "valid/0201_delta.safetensors").read_bytes()
    config = b'{"peft_type":"LORA","r":2,"lora_alpha":2,"target_modules":["to_q"],"bias":"none","use_dora":false}'
    yield "lora", "peft", packed([("adapter_config.json", config), ("adapter_model.safetensors", weights)])
    yield "actions", "lines", b"turn left\n# a comment\n\nwalk forward\r\n"
    yield "actions", "json", b'{"action": "turn right", "action_inverse": "turn left", "chunks": 3, "seed": 7}\n\xef\xbb\xbf{"action":""}\n'
    yield "tokenizer", "vocab", packed([
        ("vocab.json", b'{"<|startoftext|>":0,"<|endoftext|>":1,"a</w>":2,"b</w>":3,"a":4,"b":5,"ab</w>":6}'),
        ("merges.txt", b"#version: 0.2\na b</w>\n"), ("special_tokens_map.json", b'{"unk_token":"<|endoftext|>"}'),
        ("tokenizer_config.json", b'{"model_max_length":8}'), ("text", "ab a\u0301 B <|endoftext|>".encode())])
    yield "tokenizer", "json", packed([
        ("tokenizer.json", b'{"model":{"type":"BPE","vocab":{"<|startoftext|>":0,"<|endoftext|>":1,"a</w>":2},"merges":[]},'
         b'"added_tokens":[{"id":1,"content":"<|endoftext|>","special":true}]}'), ("text", b"a a")])


def main():
    folder = pathlib.Path(sys.argv[1])
    for target, name, content in seeds():
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / name).write_bytes(content)


if __name__ == "__main__":
    main()
