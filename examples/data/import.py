#!/usr/bin/env python3
"""Other people's recordings as a manifest (formats/manifest.md), for svg-eval revisit --data, svg-encode and svg-pretrain.

    import.py mind SOURCE -o DIR           MIND (arXiv 2602.08025): .../NAME/{video.mp4, action.json}; what stands before mark_time is given
    import.py loopnav SOURCE -o DIR        LoopNav (arXiv 2505.22976): .../NAME.{avi, json}; what stands before the way back is given
    import.py memory-maze SOURCE -o DIR    Memory Maze (arXiv 2210.13383): *.npz with image, action, agent_pos, agent_dir; --given says how much

Episodes are named as the benchmarks name what is generated, so that their folders of results fit --generated as they are: MIND's
1st_data/mem_test/NAME/video, LoopNav's ABA/5/PLACE/NAME. Videos stay where they are, DIR has links to them. Units of poses: centimetres, blocks,
cells; say so with --place-radius. Needs Python's own library, and ffprobe for videos."""
import argparse
import array
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

POSE_FIELDS = ["x", "y", "z", "yaw", "pitch"]


class Bad(Exception):
    """A recording that is not what its layout says."""


def load_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise Bad(f"{path}: {error}") from error


def numbers(entry, keys, where):
    try:
        values = [float(entry[key]) for key in keys]
    except (KeyError, TypeError, ValueError) as error:
        raise Bad(f"{where}: expected numbers {', '.join(keys)}") from error
    if not all(map(math.isfinite, values)):
        raise Bad(f"{where}: {', '.join(keys)} must be finite")
    return values


def probe(path):
    """width, height, frames a second of a video"""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height,r_frame_rate", "-of", "json", str(path)]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise SystemExit("import.py: needs ffprobe (Debian: ffmpeg)") from error
    try:
        stream = json.loads(said.stdout)["streams"][0]
        over, under = stream["r_frame_rate"].split("/")
        return stream["width"], stream["height"], float(over) / float(under)
    except (json.JSONDecodeError, KeyError, IndexError, ValueError, ZeroDivisionError) as error:
        raise Bad(f"{path}: no video that ffprobe reads: {said.stderr.strip()}") from error


def sentence(done, frames):
    """What a chunk does, in words: its longer runs of one action, in order."""
    runs = []
    for words in done:
        if runs and runs[-1][0] == words:
            runs[-1][1] += 1
        else:
            runs.append([words, 1])
    long_enough = [words for words, length in runs if 8 * length >= frames]
    kept = [words for i, words in enumerate(long_enough) if i == 0 or long_enough[i - 1] != words]
    return ", then ".join(kept) or max(runs, key=lambda run: run[1])[0]


class Manifest:
    def __init__(self, folder, frames, licence):
        self.folder, self.frames, self.licence = folder, frames, licence
        self.lines = {"episodes": [], "chunks": [], "tasks": []}
        self.poses = array.array("f")

    def add(self, ep, domain, video, size, fps, poses, done, given, script, offset=0):
        """poses: of each frame; done: what led into each frame, in words; given: frames that are shown"""
        count = len(poses)
        if not self.frames <= given <= count - self.frames:
            raise Bad(f"{ep}: {given} of {count} frames are given: chunks of {self.frames} need one before and one behind")
        width, height = size
        line = {"ep": ep, "domain": domain, "split": "test", "video": video, "sha256": None, "fps": fps, "n": count, "h": height, "w": width,
                "gen": f"import.py {domain}", "pose": "pose.f32", "pose_offset": self.poses.itemsize * len(self.poses), "pose_fields": POSE_FIELDS,
                "licence": self.licence}
        if offset:
            line["video_offset"] = offset
        self.lines["episodes"].append(line)
        for pose in poses:
            self.poses.extend(pose)
        # Chunks end where what is given ends: a few frames at the beginning may belong to none.
        first = given % self.frames
        for k, begin in enumerate(range(first, count - self.frames + 1, self.frames)):
            end = begin + self.frames
            self.lines["chunks"].append({"ep": ep, "k": k, "in": [max(first, begin - min(self.frames, 32 - self.frames)), begin], "out": [begin, end],
                                         "text": sentence(done[begin:end], self.frames)})
        self.lines["tasks"].append({"task": "revisit", "ep": ep, "goal_text": "come back to what was seen", "ctx": [0, given], "script": script})

    def link(self, ep, video):
        name = f"videos/{ep}{video.suffix}"
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(os.path.relpath(video.resolve(), path.parent.resolve()))
        return name

    def write(self):
        if not self.lines["episodes"]:
            raise Bad("no episode was found")
        for name, lines in self.lines.items():
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            (self.folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
        if sys.byteorder == "big":
            self.poses.byteswap()
        (self.folder / "pose.f32").write_bytes(self.poses.tobytes())


def pressed(entry, key, names):
    """MIND's keys: 0 is the first name, 1 the second, anything else none"""
    value = entry.get(key)
    return [names[value]] if value in (0, 1) and not isinstance(value, bool) else []


def mind(path, source, manifest, _args):
    said = load_json(path)
    where = str(path)
    try:
        mark, data = int(said["mark_time"]), said["data"]
    except (KeyError, TypeError, ValueError) as error:
        raise Bad(f"{where}: expected mark_time and data") from error
    if not isinstance(data, list) or not 0 < mark < len(data):
        raise Bad(f"{where}: mark_time {mark} is not within its frames")
    video = path.parent / "video.mp4"
    width, height, fps = probe(video)
    poses, done = [], []
    for i, entry in enumerate(data):
        at, turned = ("camera_pos", "camera_rpy") if "camera_pos" in entry else ("actor_pos", "actor_rpy")
        place = numbers(entry.get(at, {}), "xyz", f"{where}: frame {i}: {at}")
        _, pitch, yaw = numbers(entry.get(turned, {}), "xyz", f"{where}: frame {i}: {turned}")
        poses.append((*place, yaw, pitch))
        words = (pressed(entry, "ws", ("walk forward", "walk back")) + pressed(entry, "ad", ("step left", "step right")) +
                 pressed(entry, "lr", ("look left", "look right")) + pressed(entry, "ud", ("look up", "look down")))
        done.append(" and ".join(words) or "stand still")
    parts = path.parent.relative_to(source).parts
    ep = "/".join([part for part in parts if part != "test"] + ["video"])
    manifest.add(ep, "mind", manifest.link(ep, video), (width, height), fps, poses, done, mark, parts[0] if len(parts) > 1 else "mind")


def way_back(steps, where):
    """The last frame whose goal is not where the walk began, as LoopNav's own evaluation finds it."""
    x, z = numbers(steps[0], "xz", where)
    for i in range(len(steps) - 1, -1, -1):
        goal = steps[i].get("goal")
        if goal:
            gx, gz = numbers(goal, "xz", f"{where}: frame {i}: goal")
            if abs(gx - x) > 2 or abs(gz - z) > 2:
                return i
    raise Bad(f"{where}: no goal but the beginning: nothing to come back from")


def loopnav_words(step):
    action = step.get("action") or {}
    words = [name for key, name in (("forward", "walk forward"), ("back", "walk back"), ("left", "step left"), ("right", "step right"), ("jump", "jump"))
             if action.get(key)]
    camera = action.get("camera") or (0, 0)
    if isinstance(camera, (list, tuple)) and camera and abs(float(camera[0])) > 1e-3:
        words.append("look left" if float(camera[0]) > 0 else "look right")
    return " and ".join(words) or "stand still"


def loopnav(path, source, manifest, _args):
    where = str(path.with_suffix(".json"))
    steps = load_json(path.with_suffix(".json"))
    if not isinstance(steps, list) or not steps or not all(isinstance(step, dict) for step in steps):
        raise Bad(f"{where}: expected a list of frames")
    width, height, fps = probe(path)
    poses = []
    for i, step in enumerate(steps):
        x, y, z, yaw, pitch = numbers(step, ("x", "y", "z", "yaw", "pitch"), f"{where}: frame {i}")
        poses.append((x, z, y, math.degrees(yaw), math.degrees(pitch)))  # y is up in Minecraft
    ep = path.relative_to(source).with_suffix("").as_posix()
    kind = (steps[0].get("extra_info") or {})
    script = f"{kind.get('nvtype', 'loop')}-{kind.get('nvrange', 0)}"
    manifest.add(ep, "loopnav", manifest.link(ep, path), (width, height), fps, poses, [loopnav_words(step) for step in steps],
                 way_back(steps, where), script)


def npy(archive, name, where):
    """shape and the bytes of an array, C order, little-endian; its type as NumPy writes it"""
    try:
        raw = archive.read(name + ".npy")
    except (KeyError, zipfile.BadZipFile, OSError, RuntimeError) as error:
        raise Bad(f"{where}: {name}: {error}") from error
    if raw[:6] != b"\x93NUMPY" or len(raw) < 10:
        raise Bad(f"{where}: {name} is no array")
    size = struct.unpack("<H", raw[8:10])[0] if raw[6] == 1 else struct.unpack("<I", raw[8:12])[0]
    begin = (10 if raw[6] == 1 else 12) + size
    head = raw[:begin].decode("latin-1")
    try:
        kind = head.split("'descr': '")[1].split("'")[0]
        shape = [int(n) for n in head.split("'shape': (")[1].split(")")[0].split(",") if n.strip()]
    except (IndexError, ValueError) as error:
        raise Bad(f"{where}: {name} has an unknown header") from error
    types = {"|u1": "B", "<f4": "f", "<f8": "d", "|b1": "B", "<i8": "q", "<i4": "i"}
    if kind not in types or "'fortran_order': True" in head:
        raise Bad(f"{where}: {name} is of type {kind}, expected numbers in C order")
    body = raw[begin:]
    if len(body) != struct.calcsize(types[kind]) * math.prod(shape):
        raise Bad(f"{where}: {name} is cut off")
    return shape, body, types[kind]


def rows(archive, name, width, where):
    shape, body, kind = npy(archive, name, where)
    if len(shape) != 2 or shape[1] != width:
        raise Bad(f"{where}: {name} has shape {shape}, expected [frames, {width}]")
    values = struct.unpack(f"<{shape[0] * width}{kind}", body)
    return [values[i * width:(i + 1) * width] for i in range(shape[0])]


MEMORY_MAZE = ("stand still", "walk forward", "turn left", "turn right", "walk forward and turn left", "walk forward and turn right")


def memory_maze(path, source, manifest, args):
    where = str(path)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise Bad(f"{where}: {error}") from error
    with archive:
        shape, pixels, kind = npy(archive, "image", where)
        if len(shape) != 4 or shape[3] != 3 or kind != "B":
            raise Bad(f"{where}: image has shape {shape}, expected [frames, height, width, 3] bytes")
        places, heads = rows(archive, "agent_pos", 2, where), rows(archive, "agent_dir", 2, where)
        actions = rows(archive, "action", len(MEMORY_MAZE), where)
    if not len(places) == len(heads) == len(actions) == shape[0]:
        raise Bad(f"{where}: its arrays have different lengths")
    ep = path.relative_to(source).with_suffix("").as_posix()
    video = manifest.folder / "videos" / f"{ep}.rgb"
    video.parent.mkdir(parents=True, exist_ok=True)
    video.write_bytes(pixels)
    poses = [(x, y, 0, math.degrees(math.atan2(dy, dx)), 0) for (x, y), (dx, dy) in zip(places, heads)]
    done = [MEMORY_MAZE[max(range(len(row)), key=row.__getitem__)] for row in actions]
    manifest.add(ep, "memory-maze", f"videos/{ep}.rgb", (shape[2], shape[1]), 4, poses, done, args.given, "memory-maze")


LAYOUTS = {"mind": ("action.json", mind), "loopnav": ("*.avi", loopnav), "memory-maze": ("*.npz", memory_maze)}


def read_all(args, manifest):
    """Returns how many recordings were left out."""
    pattern, read = LAYOUTS[args.layout]
    bad = 0
    for path in sorted(args.source.rglob(pattern)):
        try:
            try:
                read(path, args.source, manifest, args)
            except (TypeError, ValueError, AttributeError) as error:
                raise Bad(f"{path}: {error}") from error
        except Bad as error:
            if not args.skip_bad:
                raise
            print(f"import.py: left out: {error}", file=sys.stderr)
            bad += 1
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layout", choices=LAYOUTS)
    parser.add_argument("source", type=Path, help="folder of the recordings")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to write; must not exist")
    parser.add_argument("--frames", type=int, default=16, help="frames of a chunk (default 16)")
    parser.add_argument("--given", type=int, default=500, help="memory-maze: frames that are shown (default 500)")
    parser.add_argument("--skip-bad", action="store_true", help="leave out recordings that are damaged; each is named")
    args = parser.parse_args()
    if not 1 <= args.frames <= 32:
        parser.error("--frames: expected 1 to 32")
    if not args.source.is_dir():
        print(f"import.py: {args.source}: no such folder", file=sys.stderr)
        return 66
    work = args.output.with_name(args.output.name + f".partial-{os.getpid()}")
    if args.output.exists():
        print(f"import.py: {args.output}: exists already", file=sys.stderr)
        return 73
    work.mkdir(parents=True)
    try:
        manifest = Manifest(work, args.frames, "see the data set's page")
        bad = read_all(args, manifest)
        manifest.write()
        work.rename(args.output)
    except Bad as error:
        print(f"import.py: {error}", file=sys.stderr)
        return 65
    finally:
        if work.exists():
            shutil.rmtree(work, ignore_errors=True)
    print(f"{len(manifest.lines['episodes'])} episodes, {len(manifest.lines['chunks'])} chunks" + (f", {bad} left out" if bad else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
