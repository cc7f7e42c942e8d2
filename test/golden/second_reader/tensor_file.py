"""Reads formats/safetensors.md."""
import hashlib
import math
import struct

from .common import is_int, need, parse_json, read, xxh128

BITS = {"F32": 32, "F16": 16, "BF16": 16, "F64": 64, "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U8": 8, "BOOL": 8,
        "U64": 64, "U32": 32, "U16": 16, "C64": 64, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
        "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4}


class Tensor:
    def __init__(self, name, dtype, shape, data):
        self.name, self.dtype, self.shape, self.data = name, dtype, shape, data

    def facts(self):
        return {"dtype": self.dtype, "shape": self.shape, "sha256": hashlib.sha256(self.data).hexdigest()}

    def check_finite(self, where):
        words = {"F32": ("I", 0x7F800000), "F16": ("H", 0x7C00), "BF16": ("H", 0x7F80), "F64": ("Q", 0x7FF0000000000000),
                 "C64": ("I", 0x7F800000), "F8_E4M3": ("B", 0x7F), "F8_E5M2": ("B", 0x7C), "F8_E8M0": ("B", 0xFF)}
        if self.dtype not in words:
            return
        code, exponent = words[self.dtype]
        values = struct.unpack(f"<{len(self.data) // struct.calcsize(code)}{code}", self.data)
        need(all(v & exponent != exponent for v in values), f"{where}: {self.name} holds a NaN or an infinity")


def parse_safetensors(blob, where):
    need(len(blob) >= 8, f"{where}: too short")
    (length,) = struct.unpack("<Q", blob[:8])
    need(length <= 100_000_000 and length <= len(blob) - 8, f"{where}: header length")
    need(blob[8:9] == b"{", f"{where}: not safetensors")
    header = parse_json(blob[8: 8 + length].decode(), where)
    data = blob[8 + length:]
    metadata = header.pop("__metadata__", {})
    metadata = {} if metadata is None else metadata
    need(isinstance(metadata, dict) and all(isinstance(v, str) for v in metadata.values()), f"{where}: metadata")
    tensors = []
    for name, entry in header.items():
        need(isinstance(entry, dict) and set(entry) >= {"dtype", "shape", "data_offsets"}, f"{where}: {name}")
        need(entry["dtype"] in BITS, f"{where}: {name}: dtype")
        shape, offsets = entry["shape"], entry["data_offsets"]
        need(isinstance(shape, list) and len(shape) <= 8 and all(is_int(n, 0) for n in shape), f"{where}: {name}: shape")
        need(isinstance(offsets, list) and len(offsets) == 2 and all(is_int(n, 0) for n in offsets), f"{where}: {name}: offsets")
        begin, end = offsets
        need(begin <= end <= len(data), f"{where}: {name}: outside")
        need(8 * (end - begin) == math.prod(shape) * BITS[entry["dtype"]], f"{where}: {name}: size")
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
