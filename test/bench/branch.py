"""What a branch costs: a copy of what an episode has learned, from which it can go on another way.

    python3 test/bench/branch.py build/release/bin [--model DIR] [--branches 1 2 4 8 16] [--repeats 3]

On disk: `svg-memory fork` of a memory of seven chunks; revisions' files are shared by links, so what counts is the space that a fork adds. In RAM:
`svg-plan run --branches N` of one task, N continuations of each subgoal in one batch, each with fast weights of its own; peak resident memory of the
process and times, medians, beside those of the first N. Prints a table, asserts nothing. Needs nothing but Python.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUBGOALS = 6  # of a task of svg-world's script retrace


def timed(*command):
    """Wall seconds, processor seconds and peak resident bytes of a process."""
    begin = time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def space(folders):
    """Bytes on disk; a file under several names counts once."""
    return 1024 * int(subprocess.run(["du", "-skc", *map(str, folders)], check=True, capture_output=True, text=True).stdout.split()[-2])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "examples/models/maze-tiny")
    parser.add_argument("--branches", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    parser.add_argument("--repeats", type=int, default=3)
    o = parser.parse_args()
    tool = lambda name, *arguments: timed(o.bin.resolve() / name, *arguments)
    quiet = ("-q", "--threads", "1", "--progress", "never")
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        tool("svg-world", "dataset", "-q", "--profile", "tiny", "--script", "retrace", "--episodes", "1", "--split", "val", "-o", "tasks")
        tool("svg-world", "dataset", "-q", "--profile", "tiny", "--episodes", "4", "--chunks", "4", "-o", "walks")
        tool("svg-plan", "train", *quiet, "--data", "walks", "--steps", "2", "-o", "idm")
        tool("svg-encode", "-q", "--model", o.model.resolve(), "tasks", "-o", "walk.latents")
        with open("walk.latents", "rb") as stream:
            subprocess.run([o.bin.resolve() / "svg-fastlearn", *quiet, "--model", o.model.resolve(), "--memory", "walk.memory", "--keep", "all"],
                           stdin=stream, stdout=subprocess.DEVNULL, check=True)

        forks = []
        before = space(["walk.memory"])
        for i in range(8 * o.repeats):
            forks.append(tool("svg-memory", "fork", "walk.memory", f"fork-{i}.memory")[0])
        added = space(["walk.memory", *(f"fork-{i}.memory" for i in range(len(forks)))]) - before
        print(f"on disk: the memory {before / 1e6:.2f} MB; a fork adds {added / len(forks) / 1e3:.0f} kB and takes "
              f"{1e3 * statistics.median(forks):.0f} ms, the start of the program included")

        print(f"{'branches':>8}  {'peak RAM, MB':>12}  {'a branch, MB':>12}  {'a branch and subgoal, ms: wall (processor)':>42}")
        first = None
        for n in o.branches:
            runs = [tool("svg-plan", "run", *quiet, "--model", o.model.resolve(), "--idm", "idm", "--tasks", "tasks", "--video", "none", "--branches", n,
                         "--fast-steps", 1, "-o", f"plan-{n}-{i}") for i in range(o.repeats)]
            medians = [statistics.median(column) for column in zip(*runs)]
            first = first or (n, medians)
            cells = ("-", "-")
            if n > first[0]:
                wall, processor, ram = ((now - then) / (n - first[0]) for now, then in zip(medians, first[1]))
                cells = (f"{ram / 1e6:.1f}", f"{1e3 * wall / SUBGOALS:.0f} ({1e3 * processor / SUBGOALS:.0f})")
            print(f"{n:>8}  {medians[2] / 1e6:>12.0f}  {cells[0]:>12}  {cells[1]:>42}")


if __name__ == "__main__":
    main()
