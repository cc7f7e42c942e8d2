"""The reference's half of a row of cost.sh, as a Python user would write it; its twin is cost_cell.cpp, which says what is read and printed.

  cost_cell.py FOLDER FORM STEPS THREADS
"""
import pathlib
import sys
import time

import torch
from safetensors.torch import load_file, save_file

from bench_model import Reference, adam


class Cell:
    def __init__(self, folder, form, steps):
        self.reference = Reference(folder)
        self.settings, self.steps = self.reference.settings["learn"].get(form), steps
        self.draws = load_file(folder / "draws.safetensors")
        self.draws["noise"] = self.draws["noise"].transpose(2, 3).contiguous()
        if self.settings is None:
            self.model = self.reference.unet()
            self.sample = lambda: self.reference.sample(self.model, 1)
            return
        self.model = self.reference.unet_with_lora(form)
        self.optimizer = adam(self.model, self.settings)
        # The weights merged and taken apart again, or the side path at each step: whichever is faster here.
        ways = [lambda: self.reference.remembered(self.model)["chunk"], lambda: self.reference.sample(self.model, 1)]
        for way in ways:
            way()
        self.sample = min(ways, key=seconds)

    def learn(self):
        """The losses of the steps, and the adapter after them."""
        if self.settings is None:
            return {}
        if self.steps == 0:
            self.measure()
            return {}
        losses = [self.reference.learn(self.model, self.optimizer, self.settings, self.draws["noise"][k], self.draws["timesteps"][k: k + 1])
                  for k in range(self.steps)]
        return {"loss": torch.stack(losses), **self.reference.learned(self.model)}

    @torch.no_grad()
    def measure(self):
        noise, timesteps = (torch.cat([self.draws[name][:1]] * self.settings["check"]) for name in ("noise", "timesteps"))
        for _ in ("before", "after"):
            self.reference.window_loss(self.model, self.settings, noise[:, 0], timesteps).item()


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def moment():
    return time.perf_counter(), time.process_time()


def main():
    folder, form, steps = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(int(sys.argv[4]))
    cell, result = Cell(folder, form, steps), folder / f"cost-{form}-{steps}.reference.safetensors"
    print("ready", flush=True)
    for _ in sys.stdin:
        start = moment()
        chunk = cell.sample()
        sampled = moment()
        learned = cell.learn()
        end = moment()
        if not result.exists():
            save_file({name: t.contiguous() for name, t in {**learned, "chunk": chunk}.items()}, result)
        print(*(b - a for a, b in zip(start, sampled)), *(b - a for a, b in zip(sampled, end)), flush=True)


if __name__ == "__main__":
    main()
