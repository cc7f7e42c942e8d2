"""Latent streams for scripts that check us against other implementations: tensors out of them, draws for them (formats/latent-stream.md)."""
import hashlib
import json
import struct
import subprocess

from safetensors import torch as safetensors

from second_reader.latent_stream import RECORD_MAGIC, decompress, frame_length


def record(header, tensors=None):
    header = json.dumps({**header, "check": "0" * 16}, separators=(",", ":")).encode()
    header = header[:-18] + hashlib.sha256(header).hexdigest()[:16].encode() + b'"}'
    data = b""
    if tensors:
        blob = safetensors.save(tensors)
        command = ["zstd", "-cq", f"--stream-size={len(blob)}"]
        data = subprocess.run(command, input=blob, stdout=subprocess.PIPE, check=True).stdout
    return struct.pack("<II", RECORD_MAGIC, len(header)) + header + data


def draws_stream(stream, draws):
    """Draws by chunk index, {index: tensors}, as a latent stream with the header of `stream`."""
    body = record({k: v for k, v in stream.items() if k != "check"})
    for index, tensors in draws.items():
        body += record({"kind": "draws", "episode": "", "index": index}, tensors)
    return body + record({"kind": "end", "chunks": 0, "frames": 0, "hash": "sha256:" + hashlib.sha256(body).hexdigest()})


def all_latents(data):
    """The tensors of all chunks of a stream, [F, C, h, w] each."""
    at, latents = 0, []
    while at < len(data):
        if struct.unpack_from("<I", data, at)[0] == RECORD_MAGIC:
            at += 8 + struct.unpack_from("<I", data, at + 4)[0]
        else:
            length = frame_length(data, at, "stream")
            latents.append(safetensors.load(decompress(data[at: at + length], "stream"))["latents"])
            at += length
    return latents


def latents_of(data):
    """The tensor of the last chunk of a stream, [F, C, h, w]."""
    return all_latents(data)[-1]
