"""Reads formats/memory.md."""
import hashlib
import os

from .common import is_int, need, parse_sealed, read
from .lora_delta import tensor_file_facts
from .tensor_file import read_safetensors


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
