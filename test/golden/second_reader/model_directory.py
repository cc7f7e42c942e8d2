"""Reads formats/model-directory.md."""
import os

from .common import need, parse_json, read, xxh128
from .tensor_file import BITS, described, read_safetensors


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
    facts = {"tensors": len(tensors), "numbers": sum(8 * len(t.data) // BITS[t.dtype] for t in tensors.values())}
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
