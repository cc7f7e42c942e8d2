"""Reads formats/latent-stream.md."""
import hashlib
import json
import struct
import subprocess

from .common import is_int, is_number, need, parse_sealed, read
from .tensor_file import parse_safetensors

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
    need(is_int(header.get("index"), 0) and header["index"] < 2**63 - 1, f"{where}: index")
    need(is_int(header.get("frames"), 1) and is_int(header.get("past"), 0), f"{where}: numbers")
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
            stream, begin, chunks, frames, had = header, start, 0, 0, set()
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
                name = header["episode"], header["index"]
                need(name not in had, f"{where}: the chunk is there twice")
                had.add(name)
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


def headers_of_stream(data):
    at = 0
    while at < len(data):
        magic, size = struct.unpack_from("<II", data, at)
        if magic == RECORD_MAGIC:
            yield json.loads(data[at + 8: at + 8 + size])
            at += 8 + size
        else:
            at += frame_length(data, at, "stream")
