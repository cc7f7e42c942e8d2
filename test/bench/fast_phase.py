"""Seconds and bytes an episode of svg-loop's fast phase, beside a Python user's: an adapter of PEFT for each episode, saved before each chunk is
learned, and torch.optim.Adam. Same model, episodes' length, rank, layers, window and steps; see fast_phase.sh.

Ours is the whole process with all it writes; Python is timed without its imports and without loading the model. Ours goes through its episodes in
step, Python's one after the other: an adapter is of the whole model.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import torch
from peft import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file

from bench_model import OURS, Reference, adam

# What is stored of an episode, by name: flags of svg-loop fast.
STORES = {"every memory, fp32": ["--store-dtype", "fp32"], "every memory, fp16": ["--store-dtype", "fp16"], "seeds alone": ["--store", "replay"]}


def bytes_in(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def timed(work):
    """Wall and processor seconds, children's included."""
    before, start = os.times(), time.perf_counter()
    work()
    after = os.times()
    return time.perf_counter() - start, sum(after[:4]) - sum(before[:4])


class Python(Reference):
    """The fast phase of one episode after the other."""

    def __init__(self, folder, arguments):
        super().__init__(folder, "fp32", arguments.threads)
        self.arguments = arguments
        self.settings["learn"]["learn"]["steps"] = arguments.learning_steps
        self.start = load_file(folder / "learn.lora.safetensors")
        self.model = self.unet_with_lora("learn")
        self.frames = torch.randn(arguments.chunks, *self.inputs["future"].shape)  # as many steps whatever they show

    def episode(self, folder):
        set_peft_model_state_dict(self.model, self.start)
        form = self.settings["learn"]["learn"]
        optimizer = adam(self.model, form)
        folder.mkdir(parents=True)
        save_file({"latents": self.frames}, folder / "episode.safetensors")
        for chunk in range(1, self.arguments.chunks):
            save_file({name: t.contiguous() for name, t in get_peft_model_state_dict(self.model).items()}, folder / f"{chunk:04}.safetensors")
            if chunk + 1 == self.arguments.chunks:
                break  # what the last would teach is asked by no pair
            for _ in range(self.arguments.learning_steps):
                k = torch.randint(chunk, ()).item()
                self.inputs["past"], self.inputs["future"] = self.frames[k], self.frames[k + 1]
                noise = torch.randn_like(self.inputs["noise"])
                self.learn(self.model, optimizer, form, noise, torch.randint(800, 1000, (1,)))

    def phase(self, folder):
        for k in range(self.arguments.episodes):
            self.episode(folder / str(k))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path, help="folder of the built executables")
    parser.add_argument("--model", required=True, help="model directory")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--episodes", type=int, default=8)
    parser.add_argument("--chunks", type=int, default=11, help="of an episode, 10 at least")
    parser.add_argument("--learning-steps", type=int, default=16, help="steps of fast learning a chunk")
    parser.add_argument("--repeats", type=int, default=3, help="in turns; the median counts")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    count = arguments.episodes
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        quiet = ["-q", "--threads", str(arguments.threads)]

        def tool(program, *options):
            subprocess.run([*OURS, arguments.programs / program, *map(str, options)], stdout=subprocess.DEVNULL, check=True)

        tool("bench_model", arguments.model, folder, "1")  # the inputs and the adapter that both sides begin with
        profile = json.loads((pathlib.Path(arguments.model) / "svg.json").read_text())
        world = {16: "tiny", 64: "view"}[profile["height"]]
        tool("svg-world", "dataset", "-q", "--profile", world, "--script", "turn-around", "--chunks", arguments.chunks, "--episodes", count, "-o", folder / "walks")
        tool("svg-encode", *quiet, "--model", arguments.model, folder / "walks", "-o", folder / "walks.latents")

        def ours(flags):
            tool("svg-loop", "fast", *quiet, "--model", arguments.model, "--data", folder / "walks.latents", "--fast-batch", 1, "--fast-check", 0, "--fast-own-gate", 0,
                 "--fast-steps", arguments.learning_steps, "--episode-batch", count, *flags, "-o", folder / "store")

        reference = Python(folder, arguments)
        sides = {f"ours, {store}": lambda flags=flags: ours(flags) for store, flags in STORES.items()}
        sides["PEFT, every memory, fp32"] = lambda: reference.phase(folder / "store")
        times, sizes = {side: [] for side in sides}, {}
        for _ in range(arguments.repeats):
            for side, work in sides.items():
                shutil.rmtree(folder / "store", ignore_errors=True)
                times[side].append(timed(work))
                sizes[side] = bytes_in(folder / "store")
        print(f"{count} episodes of {arguments.chunks} chunks, {arguments.learning_steps} steps a chunk, {arguments.threads} "
              f"thread{'s' if arguments.threads > 1 else ''}, {arguments.repeats} times in turns")
        print(f"{'':28}{'s an episode: wall (processor)':>32}{'MB an episode':>16}{'/ PEFT':>16}")
        medians = {side: [statistics.median(column) / count for column in zip(*rows)] for side, rows in times.items()}
        theirs = medians["PEFT, every memory, fp32"]
        for side, (wall, cpu) in medians.items():
            print(f"{side:28}{f'{wall:.2f} ({cpu:.2f})':>32}{sizes[side] / count / 1e6:>16.2f}{f'{wall / theirs[0]:.2f} ({cpu / theirs[1]:.2f})':>16}")


if __name__ == "__main__":
    sys.exit(main())
