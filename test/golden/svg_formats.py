#!/usr/bin/env python3
"""A second reader of every format in formats/, written from its pages alone: standard library, and the zstd program.

  svg_formats.py PATH              prints the facts of a file or folder as JSON; exits 1 with one line if it is not valid
  svg_formats.py --vectors FOLDER  checks formats/vectors: every valid file must give the facts beside it, every invalid one must fail

What needs XXH3-128 (svg.digest, fingerprints) is checked where the program xxhsum is installed, and left out elsewhere.
"""
import hashlib
import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys


class Invalid(Exception):
    pass


def need(ok, what):
    if not ok:
        raise Invalid(what)


def parse_json(text, where):
    def pairs(items):
        keys = [k for k, _ in items]
        need(len(keys) == len(set(keys)), f"{where}: a key stands twice")
        return dict(items)

    def constant(name):
        raise Invalid(f"{where}: {name} is not JSON")

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except ValueError as e:
        raise Invalid(f"{where}: {e}") from None


def parse_sealed(data, where):
    """JSON whose last member is a check of its own bytes (seal: formats/README.md)."""
    match = re.search(rb'"check":"([0-9a-f]{16})"\}\Z', data)
    need(match, f"{where}: no check at the end")
    zeroed = data[: match.start(1)] + b"0" * 16 + data[match.end(1):]
    need(hashlib.sha256(zeroed).hexdigest()[:16] == match.group(1).decode(), f"{where}: the check does not match")
    doc = parse_json(data.decode(), where)
    doc.pop("check")
    return doc


def is_int(x, least=None):
    return isinstance(x, int) and not isinstance(x, bool) and (least is None or x >= least)


def is_number(x):
    return isinstance(x, (int, float)) and not isinstance(x, bool)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def xxh128(data):
    """XXH3-128 as 32 hex digits, or None where xxhsum is not installed."""
    if not shutil.which("xxhsum"):
        return None
    out = subprocess.run(["xxhsum", "-H2"], input=data, capture_output=True, check=True).stdout
    return out.decode().split()[0]


# --- safetensors -----------------------------------------------------------------------------------------------------

SIZES = {"F32": 4, "F16": 2, "BF16": 2, "F64": 8, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}


class Tensor:
    def __init__(self, name, dtype, shape, data):
        self.name, self.dtype, self.shape, self.data = name, dtype, shape, data

    def facts(self):
        return {"dtype": self.dtype, "shape": self.shape, "sha256": hashlib.sha256(self.data).hexdigest()}

    def check_finite(self, where):
        words = {"F32": ("I", 0x7F800000), "F16": ("H", 0x7C00), "BF16": ("H", 0x7F80), "F64": ("Q", 0x7FF0000000000000)}
        if self.dtype not in words:
            return
        code, exponent = words[self.dtype]
        values = struct.unpack(f"<{len(self.data) // SIZES[self.dtype]}{code}", self.data)
        need(all(v & exponent != exponent for v in values), f"{where}: {self.name} holds a NaN or an infinity")


def parse_safetensors(blob, where):
    need(len(blob) >= 8, f"{where}: too short")
    (length,) = struct.unpack("<Q", blob[:8])
    need(length <= 100_000_000 and length <= len(blob) - 8, f"{where}: header length")
    need(blob[8:9] == b"{", f"{where}: not safetensors")
    header = parse_json(blob[8: 8 + length].decode(), where)
    data = blob[8 + length:]
    metadata = header.pop("__metadata__", {})
    need(isinstance(metadata, dict) and all(isinstance(v, str) for v in metadata.values()), f"{where}: metadata")
    tensors = []
    for name, entry in header.items():
        need(isinstance(entry, dict) and set(entry) == {"dtype", "shape", "data_offsets"}, f"{where}: {name}")
        need(entry["dtype"] in SIZES, f"{where}: {name}: dtype")
        shape, offsets = entry["shape"], entry["data_offsets"]
        need(isinstance(shape, list) and len(shape) <= 8 and all(is_int(n, 0) for n in shape), f"{where}: {name}: shape")
        need(isinstance(offsets, list) and len(offsets) == 2 and all(is_int(n, 0) for n in offsets), f"{where}: {name}: offsets")
        begin, end = offsets
        need(begin <= end <= len(data), f"{where}: {name}: outside")
        need(end - begin == math.prod(shape) * SIZES[entry["dtype"]], f"{where}: {name}: size")
        tensors.append((begin, end, Tensor(name, entry["dtype"], shape, data[begin:end])))
    at = 0
    tensors.sort(key=lambda t: t[:2])
    for begin, end, tensor in tensors:
        need(begin == at, f"{where}: {tensor.name}: hole or overlap")
        at = end
    need(at == len(data), f"{where}: bytes follow the last tensor")
    return metadata, {t.name: t for _, _, t in tensors}


def described(tensor):
    """What digests and fingerprints say of a tensor before its bytes."""
    return b"".join(s.encode() + b"\0" for s in (tensor.name, tensor.dtype, ",".join(map(str, tensor.shape)))) + tensor.data


def read_safetensors(path):
    metadata, tensors = parse_safetensors(read(path), path)
    digest, version = metadata.get("svg.digest"), metadata.get("svg.digest_version")
    need((digest is None) == (version is None), f"{path}: half a digest")
    if digest is not None:
        need(version == "1", f"{path}: digest version")
        text = b"".join(k.encode() + b"\0" + metadata[k].encode() + b"\0" for k in sorted(metadata) if k != "svg.digest")
        found = xxh128(text + b"".join(described(t) for t in tensors.values()))
        need(found in (None, digest), f"{path}: digest")
    return metadata, tensors


# --- LoRA deltas -----------------------------------------------------------------------------------------------------

ENDINGS = [(".lora_A.weight", "a"), (".lora_B.weight", "b"), (".lora_A.default.weight", "a"), (".lora_B.default.weight", "b"),
           (".lora.down.weight", "a"), (".lora.up.weight", "b"), (".lora_down.weight", "a"), (".lora_up.weight", "b"), (".alpha", "alpha")]
NAMES = ["transformer_in", "transformer_blocks", "temp_attentions", "temp_convs", "down_blocks", "up_blocks", "mid_block", "attentions",
         "resnets", "downsamplers", "upsamplers", "time_embedding", "time_emb_proj", "add_embedding", "linear_1", "linear_2",
         "conv_shortcut", "conv_norm_out", "conv_in", "conv_out", "conv1", "conv2", "conv3", "conv4", "conv", "proj_in", "proj_out",
         "proj", "attn1", "attn2", "to_q", "to_k", "to_v", "to_out", "ff", "net", "norm", "nonlinearity", r"\d+"]


def lora_key(name):
    """(module, part) of a tensor's name, or None."""
    if name.startswith(("text_encoder.", "lora_te")):
        return None
    kohya = name.startswith("lora_unet_")
    path = re.sub(r"^(lora_unet_|base_model\.model\.|unet\.)", "", name)
    old = re.fullmatch(r"(.+)\.processor\.(\w+)_lora\.(up|down)\.weight", path)
    if old:
        target = "to_out.0" if old[2] == "to_out" else old[2]
        return f"{old[1]}.{target}", "b" if old[3] == "up" else "a"
    for ending, part in ENDINGS:
        if not path.endswith(ending) or path == ending:
            continue
        module = path[: -len(ending)]
        if not kohya:
            return module, part
        parts = []
        while module:
            match = re.match("(" + "|".join(NAMES) + ")(_|$)", module)
            if not match:
                return None
            parts.append(match[1])
            module = module[match.end():]
        return ".".join(parts), part
    return None


def scalar(tensor):
    raw = tensor.data
    if tensor.dtype == "BF16":
        return struct.unpack("<f", b"\0\0" + raw)[0]
    need(tensor.dtype in ("F32", "F16"), f"{tensor.name}: dtype")
    return struct.unpack("<f" if tensor.dtype == "F32" else "<e", raw)[0]


def delta_facts(metadata, tensors, where):
    ours = any(k.startswith("svg.") and not k.startswith("svg.digest") for k in metadata)
    info = {"base": "", "rank": 0, "alpha": 0.0, "targets": []}
    if ours:
        for key in ("format", "base", "rank", "alpha", "targets", "provenance", "digest"):
            need("svg." + key in metadata, f"{where}: svg.{key} is missing")
        need(metadata["svg.format"] == "svg-lora/1", f"{where}: format")
        info = {"base": metadata["svg.base"], "rank": int(metadata["svg.rank"]), "alpha": float(metadata["svg.alpha"]),
                "targets": parse_json(metadata["svg.targets"], where)}
    modules = {}
    for name, tensor in tensors.items():
        tensor.check_finite(where)
        key = lora_key(name)
        need(key, f"{where}: {name}: not a LoRA key")
        parts = modules.setdefault(key[0], {})
        need(key[1] not in parts, f"{where}: {name}: twice")
        parts[key[1]] = tensor
    layers = {}
    for module, parts in sorted(modules.items()):
        need("a" in parts and "b" in parts, f"{where}: {module}: incomplete")
        a, b = parts["a"], parts["b"]
        need(len(a.shape) >= 2 and len(b.shape) == len(a.shape) and a.shape[0] == b.shape[1] > 0, f"{where}: {module}: shapes")
        need(a.dtype == b.dtype and a.dtype in ("F32", "F16", "BF16"), f"{where}: {module}: dtypes")
        need(not ours or a.shape[0] == info["rank"], f"{where}: {module}: rank")
        alpha = scalar(parts["alpha"]) if "alpha" in parts else info["alpha"] if ours else float(a.shape[0])
        layers[module] = {"alpha": alpha, "a": a.facts(), "b": b.facts()}
    if not ours and layers:
        first = next(iter(layers.values()))
        info["rank"], info["alpha"] = first["a"]["shape"][0], first["alpha"]
    return {"type": "lora-delta", "ours": ours, **info, "layers": layers}


def tensor_file_facts(path):
    metadata, tensors = read_safetensors(path)
    keys = [lora_key(name) for name in tensors]
    if "svg.rank" in metadata or any(k and k[1] != "alpha" for k in keys):
        return delta_facts(metadata, tensors, path)
    for tensor in tensors.values():
        tensor.check_finite(path)
    return {"type": "safetensors", "metadata": metadata, "tensors": {n: t.facts() for n, t in tensors.items()}}


# --- latent streams --------------------------------------------------------------------------------------------------

RECORD_MAGIC, FRAME_MAGIC = 0x184D2A5E, 0xFD2FB528


def frame_length(data, at, where):
    """Length of the zstd frame at `at`, from its own headers (RFC 8878, section 3.1.1)."""
    need(len(data) >= at + 6 and struct.unpack_from("<I", data, at)[0] == FRAME_MAGIC, f"{where}: no zstd frame")
    descriptor = data[at + 4]
    need(descriptor & 4, f"{where}: no checksum")
    single = descriptor >> 5 & 1
    size_bytes = (1 if single else 0, 2, 4, 8)[descriptor >> 6]
    need(size_bytes, f"{where}: no content size")
    end = at + 5 + (0 if single else 1) + (0, 1, 2, 4)[descriptor & 3] + size_bytes
    while True:
        need(len(data) >= end + 3, f"{where}: cut off")
        block = int.from_bytes(data[end: end + 3], "little")
        kind, size = block >> 1 & 3, block >> 3
        need(kind != 3, f"{where}: block type")
        end += 3 + (1 if kind == 1 else size)
        if block & 1:
            break
    need(len(data) >= end + 4, f"{where}: cut off")
    return end + 4 - at


def decompress(frame, where):
    done = subprocess.run(["zstd", "-dcq"], input=frame, capture_output=True)
    need(done.returncode == 0, f"{where}: damaged data")
    return done.stdout


def check_chunk(header, stream, tensors, where):
    for key in ("episode", "action"):
        need(isinstance(header.get(key), str), f"{where}: {key}")
    need(header.get("role") in ("input", "generated", "truth"), f"{where}: role")
    need(header.get("action_inverse") is None or isinstance(header["action_inverse"], str), f"{where}: action_inverse")
    need(is_int(header.get("index"), 0) and is_int(header.get("frames"), 1) and is_int(header.get("past"), 0), f"{where}: numbers")
    for key in ("memory", "seed"):
        need(key in header and (header[key] is None or is_int(header[key], 0)), f"{where}: {key}")
    need(set(tensors) == {"latents"}, f"{where}: tensors")
    latents = tensors["latents"]
    need(latents.dtype in ("F32", "F16", "BF16"), f"{where}: dtype")
    need(latents.shape == [header["frames"], stream["channels"], stream["height"], stream["width"]], f"{where}: shape")


def check_draws(header, stream, tensors, where):
    need(isinstance(header.get("episode"), str) and is_int(header.get("index"), 0), f"{where}: header")
    need("noise" in tensors and set(tensors) <= {"noise", "step_noise", "timesteps"}, f"{where}: tensors")
    for name in set(tensors) & {"noise", "step_noise"}:
        shape = tensors[name].shape
        need(len(shape) in (4, 5) and shape[-3:] == [stream["channels"], stream["height"], stream["width"]], f"{where}: {name}")
    need("timesteps" not in tensors or len(tensors["timesteps"].shape) == 1, f"{where}: timesteps")


def check_stream(header, where):
    need(header.get("format") == "svg-latents/1", f"{where}: format")
    need(isinstance(header.get("model"), str) and isinstance(header.get("provenance"), dict), f"{where}: model, provenance")
    for key in ("channels", "height", "width"):
        need(is_int(header.get(key), 1), f"{where}: {key}")
    for key in ("fps", "scaling_factor"):
        need(is_number(header.get(key)) and header[key] > 0, f"{where}: {key}")


def stream_facts(path):
    data, at, streams, stream, begin = read(path), 0, [], None, 0
    need(data, f"{path}: cut off: empty")
    while at < len(data):
        where = f"{path}: byte {at}"
        need(len(data) >= at + 8, f"{where}: cut off")
        magic, size = struct.unpack_from("<II", data, at)
        need(magic == RECORD_MAGIC and size <= 16 << 20, f"{where}: not a record")
        need(len(data) >= at + 8 + size, f"{where}: cut off")
        header = parse_sealed(data[at + 8: at + 8 + size], where)
        kind, start = header.get("kind"), at
        at += 8 + size
        if kind == "stream":
            need(stream is None, f"{where}: the stream before has no end")
            check_stream(header, where)
            stream, begin, chunks, frames = header, start, 0, 0
            shown = {k: v for k, v in header.items() if k != "provenance"}
            streams.append({"stream": shown, "records": [], "end": None})
            continue
        need(stream is not None, f"{where}: outside of a stream")
        if kind in ("chunk", "draws"):
            length = frame_length(data, at, where)
            _, tensors = parse_safetensors(decompress(data[at: at + length], where), where)
            at += length
            (check_chunk if kind == "chunk" else check_draws)(header, stream, tensors, where)
            for tensor in tensors.values():
                tensor.check_finite(where)
            if kind == "chunk":
                chunks, frames = chunks + 1, frames + header["frames"]
            streams[-1]["records"].append({**header, "tensors": {n: t.facts() for n, t in tensors.items()}})
        elif kind == "end":
            need((header.get("chunks"), header.get("frames")) == (chunks, frames), f"{where}: counts")
            need(header.get("hash") == "sha256:" + hashlib.sha256(data[begin:start]).hexdigest(), f"{where}: hash")
            streams[-1]["end"], stream = header, None
        else:
            need(header.get("optional") is True, f"{where}: unknown kind {kind}")
            if data[at: at + 4] == struct.pack("<I", FRAME_MAGIC):
                at += frame_length(data, at, where)
    need(stream is None, f"{path}: cut off: no end record")
    return {"type": "latent-stream", "streams": streams, "cut_off": False}


# --- folders ---------------------------------------------------------------------------------------------------------


def sealed_line(data, where):
    need(data.endswith(b"\n"), f"{where}: cut off")
    return parse_sealed(data[:-1], where)


def memory_facts(path):
    info = sealed_line(read(f"{path}/memory.json"), f"{path}/memory.json")
    need(info["format"] == "svg-memory/1" and is_int(info["rank"], 1), f"{path}: memory.json")
    head = sealed_line(read(f"{path}/HEAD"), f"{path}/HEAD")["revision"]
    keep = info["keep"]
    every = {"all": 1, "last": 0}[keep] if keep in ("all", "last") else int(keep.split(":")[1])
    lines = read(f"{path}/log.jsonl").split(b"\n")[:-1]
    log = [parse_sealed(line, f"{path}/log.jsonl:{i + 1}") for i, line in enumerate(lines)]
    known = [0]
    facts = []
    for i, r in enumerate(log):
        need(r["revision"] > known[-1] and r["parent"] in known, f"{path}/log.jsonl:{i + 1}: order")
        known.append(r["revision"])
    need(head in known, f"{path}: HEAD")
    for r in log:
        files = [f"{path}/rev/{r['revision']}.safetensors", f"{path}/rev/{r['revision']}.state.safetensors"]
        kept = all(os.path.exists(f) for f in files)
        wanted = (every and r["revision"] % every == 0) or r["revision"] == head
        need(kept or not wanted, f"{path}: files of revision {r['revision']}")
        if kept:
            for file, key in zip(files, ("delta_sha256", "state_sha256")):
                need(hashlib.sha256(read(file)).hexdigest() == r[key], f"{file}: hash")
            delta = tensor_file_facts(files[0])
            need(all(delta[k] == info[k] for k in ("base", "rank", "alpha")), f"{files[0]}: another memory's delta")
            for tensor in read_safetensors(files[1])[1].values():
                tensor.check_finite(files[1])
        facts.append({**{k: v for k, v in r.items() if not k.endswith("sha256")}, "kept": kept})
    keys = ("base", "rank", "alpha", "targets", "optimizer", "keep")
    return {"type": "memory", **{k: info[k] for k in keys}, "head": head, "log": facts}


def weights_facts(folder, stem):
    tensors = {}
    single, index = f"{folder}/{stem}.safetensors", f"{folder}/{stem}.safetensors.index.json"
    if os.path.exists(single):
        tensors = read_safetensors(single)[1]
    else:
        placed = parse_json(read(index).decode(), index)["weight_map"]
        for shard in sorted(set(placed.values())):
            for name, tensor in read_safetensors(f"{folder}/{shard}")[1].items():
                need(placed.get(name) == shard, f"{folder}/{shard}: {name} is not placed here")
                tensors[name] = tensor
        need(set(tensors) == set(placed), f"{index}: missing tensors")
    for tensor in tensors.values():
        tensor.check_finite(folder)
    facts = {"tensors": len(tensors), "numbers": sum(len(t.data) // SIZES[t.dtype] for t in tensors.values())}
    digest = xxh128(b"".join(described(tensors[name]) for name in sorted(tensors)))
    return {**facts, "fingerprint": f"xxh128:{digest}"} if digest else facts


def model_facts(path):
    index = parse_json(read(f"{path}/model_index.json").decode(), path)
    components = {}
    for name, entry in sorted(index.items()):
        if not isinstance(entry, list) or entry == [None, None]:
            continue
        need(len(entry) == 2 and all(isinstance(x, str) for x in entry), f"{path}: component {name}")
        facts = {"library": entry[0], "class": entry[1]}
        if name not in ("tokenizer", "scheduler"):
            facts["weights"] = weights_facts(f"{path}/{name}", "diffusion_pytorch_model" if entry[0] == "diffusers" else "model")
        need(os.path.isdir(f"{path}/{name}"), f"{path}/{name}: missing")
        components[name] = facts
    svg = f"{path}/svg.json"
    return {"type": "model-directory", "class": index.get("_class_name", ""), "components": components,
            "svg": parse_json(read(svg).decode(), svg) if os.path.exists(svg) else {}}


def rows(path):
    if not os.path.exists(path):
        return []
    lines = read(path).decode().split("\n")
    return [(f"{path}:{i + 1}", parse_json(line, f"{path}:{i + 1}")) for i, line in enumerate(lines) if line.strip()]


def check_range(row, key, frames, where):
    pair = row.get(key)
    need(isinstance(pair, list) and len(pair) == 2 and all(is_int(x) for x in pair), f"{where}: {key}")
    need(0 <= pair[0] <= pair[1] <= frames, f"{where}: {key} outside of the episode")
    return pair


def manifest_facts(path):
    episodes, splits, frames = {}, {}, 0
    for where, row in rows(f"{path}/episodes.jsonl"):
        need(row["ep"] not in episodes and row["split"] in ("train", "val", "test", "ood"), f"{where}: ep, split")
        need(all(is_int(row.get(k), 1) for k in "nhw") and row["fps"] > 0, f"{where}: numbers")
        if row.get("video"):
            video = read(f"{path}/{row['video']}")
            if row["video"].endswith(".rgb"):
                begin, size = row.get("video_offset", 0), 3 * row["n"] * row["h"] * row["w"]
                need(len(video) >= begin + size, f"{where}: video too short")
                video = video[begin: begin + size]
            need(row.get("sha256") in (None, hashlib.sha256(video).hexdigest()), f"{where}: sha256")
        episodes[row["ep"]] = row
        splits[row["split"]] = splits.get(row["split"], 0) + 1
        frames += row["n"]
    chunks, tasks = rows(f"{path}/chunks.jsonl"), rows(f"{path}/tasks.jsonl")
    for where, row in chunks:
        need(row["ep"] in episodes and is_int(row["k"], 0) and row["text"], f"{where}: ep, k, text")
        n = episodes[row["ep"]]["n"]
        begin, end = check_range(row, "in", n, where), check_range(row, "out", n, where)
        need(end[0] == begin[1] and end[1] > end[0] and end[1] - begin[0] <= 32, f"{where}: in, out")
    for where, row in tasks:
        need(row["ep"] in episodes and row["task"] in ("retrace", "cubes") and row["goal_text"], f"{where}: ep, task")
        check_range(row, "ctx", episodes[row["ep"]]["n"], where)
    return {"type": "manifest", "episodes": len(episodes), "frames": frames, "splits": splits, "chunks": len(chunks), "tasks": len(tasks)}


def inspect(path):
    if not os.path.isdir(path):
        head = read(path)[:4]
        return stream_facts(path) if len(head) < 4 or head == struct.pack("<I", RECORD_MAGIC) else tensor_file_facts(path)
    for name, facts in (("memory.json", memory_facts), ("model_index.json", model_facts), ("episodes.jsonl", manifest_facts)):
        if os.path.exists(f"{path}/{name}"):
            return facts(path)
    raise Invalid(f"{path}: neither memory, model directory nor manifest")


# --- schemas ---------------------------------------------------------------------------------------------------------

TYPES = {"object": lambda x: isinstance(x, dict), "array": lambda x: isinstance(x, list), "string": lambda x: isinstance(x, str),
         "integer": is_int, "number": is_number, "boolean": lambda x: isinstance(x, bool), "null": lambda x: x is None}
KNOWN = {"$schema", "title", "type", "required", "properties", "additionalProperties", "items", "minItems", "maxItems", "minimum",
         "maximum", "exclusiveMinimum", "pattern", "enum", "const", "oneOf"}


def check_schema(doc, schema, where):
    """The part of JSON Schema that formats/schemas uses."""
    need(set(schema) <= KNOWN, f"{where}: schema words {set(schema) - KNOWN}")
    if "oneOf" in schema:
        fits = 0
        for choice in schema["oneOf"]:
            try:
                check_schema(doc, choice, where)
                fits += 1
            except Invalid:
                pass
        need(fits == 1, f"{where}: fits {fits} of the kinds")
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    need(not kinds or any(TYPES[k](doc) for k in kinds), f"{where}: not {kinds}")
    need("const" not in schema or doc == schema["const"], f"{where}: not {schema.get('const')}")
    need(doc in schema.get("enum", [doc]), f"{where}: not in the list")
    if is_number(doc):
        need(schema.get("minimum", doc) <= doc <= schema.get("maximum", doc), f"{where}: out of range")
        need("exclusiveMinimum" not in schema or doc > schema["exclusiveMinimum"], f"{where}: out of range")
    if isinstance(doc, str):
        need(re.search(schema.get("pattern", ""), doc), f"{where}: pattern")
    if isinstance(doc, list):
        need(schema.get("minItems", 0) <= len(doc) <= schema.get("maxItems", len(doc)), f"{where}: length")
        for i, item in enumerate(doc):
            check_schema(item, schema.get("items", {}), f"{where}[{i}]")
    if isinstance(doc, dict):
        for key in schema.get("required", []):
            need(key in doc, f"{where}: {key} is missing")
        for key, value in doc.items():
            check_schema(value, schema.get("properties", {}).get(key, schema.get("additionalProperties", {})), f"{where}.{key}")


def headers_of_stream(data):
    at = 0
    while at < len(data):
        magic, size = struct.unpack_from("<II", data, at)
        if magic == RECORD_MAGIC:
            yield json.loads(data[at + 8: at + 8 + size])
            at += 8 + size
        else:
            at += frame_length(data, at, "stream")


def headers_of(path):
    """(schema, JSON object) of every header of a valid vector."""
    if path.endswith(".latents"):
        for header in headers_of_stream(read(path)):
            yield "latent-stream", header
            if "provenance" in header:
                yield "provenance", header["provenance"]
    elif path.endswith(".safetensors"):
        data = read(path)
        header = json.loads(data[8: 8 + struct.unpack_from("<Q", data)[0]])
        yield "safetensors", header
        if header.get("__metadata__", {}).get("svg.format") == "svg-lora/1":
            yield "lora-delta", header["__metadata__"]
            yield "provenance", json.loads(header["__metadata__"]["svg.provenance"])
    for schema, name in (("memory", "memory.json"), ("memory-head", "HEAD"), ("memory-log", "log.jsonl"), ("model-index", "model_index.json"),
                         ("manifest-episode", "episodes.jsonl"), ("manifest-chunk", "chunks.jsonl"), ("manifest-task", "tasks.jsonl")):
        if os.path.exists(f"{path}/{name}"):
            for line in read(f"{path}/{name}").decode().splitlines():
                doc = json.loads(line)
                yield schema, doc
                if "provenance" in doc:
                    yield "provenance", doc["provenance"]


def check_schemas(folder):
    """Number of headers of valid vectors that their schema refuses, or schemas that no vector has used."""
    schemas = {name[: -len(".schema.json")]: json.loads(read(f"{folder}/../schemas/{name}")) for name in os.listdir(f"{folder}/../schemas")}
    wrong, used = 0, set()
    for name in sorted(os.listdir(f"{folder}/valid")):
        for schema, header in headers_of(f"{folder}/valid/{name}"):
            used.add(schema)
            try:
                check_schema(header, schemas[schema], schema)
            except Invalid as e:
                print(f"valid/{name}: {e}")
                wrong += 1
    for schema in set(schemas) - used:
        print(f"no vector uses the schema {schema}")
    return wrong + len(set(schemas) - used)


def without_fingerprints(facts):
    if isinstance(facts, dict):
        return {k: without_fingerprints(v) for k, v in facts.items() if k != "fingerprint"}
    return facts


def check_vectors(folder):
    """Number of vectors that a reader of the pages does not judge as the files beside them say."""
    wrong = seen = 0
    simple = (lambda x: x) if shutil.which("xxhsum") else without_fingerprints
    for name in sorted(os.listdir(f"{folder}/valid")):
        if not name.endswith(".json"):
            continue
        seen += 1
        try:
            found = inspect(f"{folder}/valid/{name[:-5]}")
            expected = json.loads(read(f"{folder}/valid/{name}"))
            if simple(found) == simple(expected):
                continue
            print(f"valid/{name[:-5]}: other facts: {json.dumps(found)}")
        except Invalid as e:
            print(f"valid/{name[:-5]}: refused: {e}")
        wrong += 1
    for name in sorted(os.listdir(f"{folder}/invalid")):
        if not name.endswith(".error") or ("0108_digest" in name and not shutil.which("xxhsum")):
            continue
        seen += 1
        try:
            inspect(f"{folder}/invalid/{name[:-6]}")
            print(f"invalid/{name[:-6]}: taken for valid")
            wrong += 1
        except (Invalid, OSError):
            pass
    print(f"{seen} vectors, {wrong} wrong")
    return wrong if seen else 1


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--vectors":
        return 1 if check_vectors(sys.argv[2]) + check_schemas(sys.argv[2]) else 0
    try:
        print(json.dumps(inspect(sys.argv[1]), indent=1))
        return 0
    except (Invalid, OSError, KeyError) as e:
        print(f"svg_formats.py: {e}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
