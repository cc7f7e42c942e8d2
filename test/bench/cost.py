"""What fast learning adds to a chunk, in seconds and in memory (SlowFast-VGen, Table 3), beside diffusers, PEFT and torch.optim. See cost.sh.

A process for each row and side, so that its peak memory is that row's own. Within a row the two sides take turns, each with and without fast
learning, so that the four have the same machine.
"""
import argparse
import contextlib
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file

from bench_model import OURS, difference

WARM_UP = 1
LIMIT = 1e-2  # how far results may be apart: the chunk by its largest number, what was learned by its change
FORMS = {"learn": "input-output, {targets}, {weighting}", "learn-paper": "the paper's ({objective}, {targets}, {weighting})"}
SIDES = ("ours", "reference")


class Side:
    """One process, which answers each line that it reads with the times of a chunk."""

    def __init__(self, command, stack):
        self.process = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        stack.callback(self.process.stdin.close)
        self.times = []
        self.line()

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args[0]} ended")
        return line

    def chunk(self):
        print("chunk", file=self.process.stdin, flush=True)
        self.times.append(tuple(map(float, self.line().split())))

    def peak(self):
        """Bytes. Not ru_maxrss: that begins with what the process that started this one had."""
        return 1024 * int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text())[1])

    def cost(self):
        """Medians of wall and processor seconds, and the peak."""
        sampling, learning, chunk = [], [], []
        for wall, cpu, learning_wall, learning_cpu in self.times[WARM_UP:]:
            sampling.append((wall, cpu))
            learning.append((learning_wall, learning_cpu))
            chunk.append((wall + learning_wall, cpu + learning_cpu))
        medians = {what: [statistics.median(column) for column in zip(*rows)]
                   for what, rows in (("sampling", sampling), ("learning", learning), ("chunk", chunk))}
        return {**medians, "peak": self.peak()}


def sides(folder, form, steps, arguments, stack):
    cell = [str(folder), form, str(steps), str(arguments.threads)]
    programs = {"ours": [*OURS, f"{arguments.programs}/cost_cell"], "reference": [sys.executable, str(pathlib.Path(__file__).parent / "cost_cell.py")]}
    return {name: Side(program + cell, stack) for name, program in programs.items()}


def measure(processes, repeats):
    """The costs of each process, which take turns."""
    for process in processes:
        process.times.clear()
    for _ in range(WARM_UP + repeats):
        for process in processes:
            process.chunk()
    return [process.cost() for process in processes]


def apart(folder, form, steps):
    results = [load_file(folder / f"cost-{form}-{steps}{side}.safetensors") for side in ("", ".reference")]
    return difference(*results, load_file(folder / f"{form}.lora.safetensors") if steps else {})


def seconds(times):
    return "{:.3f} ({:.3f})".format(*times)


def shares(parts, wholes, offset=0.0):
    """In percent, of wall and of processor seconds."""
    form = "{:+.0f} ({:+.0f}) %" if offset else "{:.0f} ({:.0f}) %"
    return form.format(*(100 * (part / whole + offset) for part, whole in zip(parts, wholes)))


def print_line(title, side, sampling, learning, share, chunk, more, peak, more_peak, difference=""):
    print(f"{title:56}{side:10}{sampling:>16}{learning:>16}{share:>13}{chunk:>17}{more:>17}{peak:>9}{more_peak:>11}{difference}".rstrip(), flush=True)


def print_row(title, costs, bare, difference_of_results):
    """`costs` by side; `bare`: those without fast learning in the same turns, or None where this row is that."""
    for side, cost in costs.items():
        learning = share = more = more_peak = "-"
        if bare:
            learning, share = seconds(cost["learning"]), shares(cost["learning"], cost["chunk"])
            more, more_peak = shares(cost["chunk"], bare[side]["chunk"], -1.0), f"{100 * (cost['peak'] / bare[side]['peak'] - 1):+.1f} %"
        print_line(title if side == "ours" else "", side, seconds(cost["sampling"]), learning, share, seconds(cost["chunk"]), more,
                   f"{cost['peak'] / 1e6:.0f}", more_peak)
    ours, theirs = costs["ours"], costs["reference"]
    ratio = {what: "{:.2f} ({:.2f})".format(*(a / b for a, b in zip(ours[what], theirs[what])))
             for what in ("sampling", "learning", "chunk") if bare or what != "learning"}
    verdict = f"   {difference_of_results:.1e}" + ("" if difference_of_results <= LIMIT else f"  DIFFERS: more than {LIMIT:.0e}")
    print_line("", "ratio", ratio["sampling"], ratio.get("learning", "-"), "", ratio["chunk"], "", f"{ours['peak'] / theirs['peak']:.2f}", "", verdict)


def table(folder, settings, arguments):
    print(f"{arguments.model}: {settings['steps']} DDIM steps a chunk, {arguments.threads} threads, {arguments.repeats} chunks in turns; seconds: wall (processor)")
    print_line("", "", "sampling", "learning", "its share", "a chunk", "more", "peak MB", "more", "   difference")
    rows = []
    for form, title in FORMS.items():
        rows += [(f"{title.format(**settings['learn'][form])}: {steps}", form, steps) for steps in arguments.learning_steps]
    rows.append((f"the held-out check alone, at batch {settings['learn']['learn']['check']}, before and after", "learn", 0))
    with contextlib.ExitStack() as stack:
        bare = sides(folder, "none", 0, arguments, stack)
        costs = measure(list(bare.values()), arguments.repeats)
        worst = [apart(folder, "none", 0)]
        print_row("without fast learning", dict(zip(SIDES, costs)), None, worst[0])
        for title, form, steps in rows:
            with contextlib.ExitStack() as row_stack:
                row = sides(folder, form, steps, arguments, row_stack)
                costs = measure([*bare.values(), *row.values()], arguments.repeats)
            worst.append(apart(folder, form, steps))
            print_row(title, dict(zip(SIDES, costs[2:])), dict(zip(SIDES, costs[:2])), worst[-1])
    return not all(x <= LIMIT for x in worst)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", help="folder of the built bench_model and cost_cell")
    parser.add_argument("--model", required=True, help="model directory")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5, help="timed chunks, after a warm-up; the median counts")
    parser.add_argument("--learning-steps", type=int, nargs="+", default=[1, 4, 16], help="steps of fast learning a chunk")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([f"{arguments.programs}/bench_model", arguments.model, folder, "1"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
        inputs, steps = load_file(folder / "inputs.safetensors"), max(arguments.learning_steps)
        generator = torch.Generator().manual_seed(0)
        save_file({"noise": torch.randn(steps, *inputs["noise"].shape, generator=generator),
                   "timesteps": torch.randint(800, 1000, (steps,), generator=generator)}, folder / "draws.safetensors")
        return 1 if table(folder, json.loads((folder / "settings.json").read_text()), arguments) else 0


if __name__ == "__main__":
    sys.exit(main())
