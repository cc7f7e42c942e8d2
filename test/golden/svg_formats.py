#!/usr/bin/env python3
"""A second reader of every format in formats/, written from its pages alone: standard library, and the zstd program.

  svg_formats.py PATH              prints the facts of a file or folder as JSON; exits 1 with one line if it is not valid
  svg_formats.py --vectors FOLDER  checks formats/vectors: every valid file must give the facts beside it, every invalid one must fail

What needs XXH3-128 (svg.digest, fingerprints) is checked where the program xxhsum is installed, and left out elsewhere.
"""
import json
import os
import shutil
import struct
import sys

from second_reader.common import Invalid, read
from second_reader.latent_stream import RECORD_MAGIC, stream_facts
from second_reader.loop_store import store_facts
from second_reader.lora_delta import tensor_file_facts
from second_reader.manifest import manifest_facts
from second_reader.memory import memory_facts
from second_reader.model_directory import model_facts
from second_reader.schemas import check_schemas


def inspect(path):
    if not os.path.isdir(path):
        head = read(path)[:4]
        return stream_facts(path) if len(head) < 4 or head == struct.pack("<I", RECORD_MAGIC) else tensor_file_facts(path)
    for name, facts in (("memory.json", memory_facts), ("model_index.json", model_facts), ("episodes.jsonl", manifest_facts),
                        ("store.json", store_facts)):
        if os.path.exists(f"{path}/{name}"):
            return facts(path)
    raise Invalid(f"{path}: neither memory, model directory, manifest nor store")


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
