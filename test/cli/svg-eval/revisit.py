"""revisit.py TABLE PINNED: the means of svg-eval revisit's TABLE are those PINNED; prints each that is not. SVG_REDO=1 writes PINNED."""
import json
import os
import sys

# One answer of 16 may turn over; decibels and shares of columns move with the pictures. Instruction sets from SSE 4 to AVX-512 agree to all
# digits that are pinned.
LEARNED = {"temp-lora", "reset", "swapped"}
BOUNDS = {  # metric: largest difference in rows that learn nothing (or one step of 1e-4 a chunk), and in rows that learn
    "context_recall_v1": (0.01, 0.04), "recall_step_v1": (0.01, 0.08), "recall_past_v1": (0.01, 0.08), "recall_v1": (0.01, 0.08),
    "recall_rank": (0.1, 1.0), "revisit_psnr": (0.02, 0.2), "maze_v1": (0.005, 0.03), "queries": (0, 0)}


def means(table):
    value = lambda x: x["mean"] if isinstance(x, dict) else x
    return {row["row"]: {key: round(value(row[key]), 4) for key in BOUNDS} for row in table["rows"]}


got = means(json.load(open(sys.argv[1])))
if os.environ.get("SVG_REDO") == "1":
    rows = ",\n".join(f" {json.dumps(row)}: {json.dumps(values)}" for row, values in got.items())
    open(sys.argv[2], "w").write("{\n" + rows + "\n}\n")
pinned = json.load(open(sys.argv[2]))
if got.keys() != pinned.keys():
    print(f"rows {list(got)}, not {list(pinned)}")
for row, values in pinned.items():
    for key, expected in values.items():
        bound = BOUNDS[key][row in LEARNED]
        if abs(got[row][key] - expected) > bound:
            print(f"{row}: {key} is {got[row][key]}, expected {expected} +- {bound}")
# What the table is for: memory is told from none, and from that of another episode.
for key in ("recall_step_v1", "revisit_psnr"):
    for control in ("none", "reset", "swapped"):
        if not got["temp-lora"][key] > got[control][key]:
            print(f"temp-lora has no more {key} than {control}: {got['temp-lora'][key]}, {got[control][key]}")
