"""Reads formats/loop-store.md."""
import hashlib
import os
import re

from .common import is_int, need, read
from .latent_stream import stream_facts
from .memory import memory_facts, sealed_line


def sha256(path):
    return hashlib.sha256(read(path)).hexdigest()


def check_episode(path, info, e):
    base = f"{path}/episodes/{e['number']:06d}"
    need(sha256(f"{base}.latents") == e["stream_sha256"], f"{base}.latents: hash")
    stream = stream_facts(f"{base}.latents")
    chunks = [r for r in stream["streams"][0]["records"] if r["kind"] == "chunk"]
    need(len(chunks) == e["chunks"] and chunks[0]["episode"] == e["episode"], f"{base}.latents: not what the index says")
    if info["kind"] == "replay":
        return
    need(sha256(f"{base}.memory/log.jsonl") == e["memory_log_sha256"], f"{base}.memory: hash")
    memory = memory_facts(f"{base}.memory")
    need(memory["base"] == info["base"], f"{base}.memory: another base")
    there = {r["revision"] for r in memory["log"] if r["kept"]} | {0}
    need(all((c.get("memory") or 0) in there for c in chunks), f"{base}.memory: a revision is missing")


def store_facts(path):
    info = sealed_line(read(f"{path}/store.json"), f"{path}/store.json")
    need(info["format"] == "svg-store/1" and info["kind"] in ("theta", "replay") and is_int(info["rank"], 1), f"{path}: store.json")
    parts = [re.fullmatch(r"index-(\d+)-of-(\d+)\.json", name) for name in os.listdir(path)]
    parts = sorted((int(m[1]), int(m[2])) for m in parts if m)
    need(parts and parts == [(i + 1, parts[0][1]) for i in range(parts[0][1])], f"{path}: a part is not finished")
    episodes = []
    for i, n in parts:
        index = sealed_line(read(f"{path}/index-{i}-of-{n}.json"), f"{path}/index-{i}-of-{n}.json")
        need(index["pairs"] == sum(e["chunks"] - 1 for e in index["episodes"]), f"{path}: pairs of part {i}")
        episodes += index["episodes"]
    episodes.sort(key=lambda e: e["number"])
    need([e["number"] for e in episodes] == list(range(info["episodes"])), f"{path}: episodes")
    for e in episodes:
        check_episode(path, info, e)
    keys = ("base", "vae", "kind", "rank", "alpha", "past", "fast", "seed", "in_step")
    return {"type": "loop-store", "pairs": sum(e["chunks"] - 1 for e in episodes), **{k: info[k] for k in keys}, "episodes": episodes}
