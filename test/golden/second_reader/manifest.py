"""Reads formats/manifest.md."""
import hashlib
import os

from .common import is_int, need, parse_json, read


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
        need(row["ep"] in episodes and row["task"] in ("retrace", "cubes", "revisit") and row["goal_text"], f"{where}: ep, task")
        begin, end = check_range(row, "ctx", episodes[row["ep"]]["n"], where)
        need(row["task"] != "revisit" or begin == 0 < end < episodes[row["ep"]]["n"], f"{where}: ctx of a revisit")
    return {"type": "manifest", "episodes": len(episodes), "frames": frames, "splits": splits, "chunks": len(chunks), "tasks": len(tasks)}
