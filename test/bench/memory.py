"""What --estimate of svg-pretrain, svg-generate and svg-fastlearn says a run takes, beside what the run then takes at its most.

    python3 test/bench/memory.py build/release/bin [--rows TEXT | --modelscope]

--modelscope: what is predicted for the full ModelScopeT2V on a GPU, 256x256, from its configurations alone.

Else on the CPU, with fresh models of a few widths, in a folder of its own. Measured is the peak of the resident memory of the whole process. Fails
where a prediction is off by more than 10 %. Needs nothing but Python.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ["--threads", "1", "-q"]

# name, block_out_channels, options of svg-pretrain
TRAINING = [
    ("64,128, batch 8", [64, 128], ["--batch", "8"]),
    ("64,128, batch 8, blocks", [64, 128], ["--batch", "8", "--checkpoint-activations", "blocks"]),
    ("64,128, batch 8, all", [64, 128], ["--batch", "8", "--checkpoint-activations", "all"]),
    ("64,128, batch 24, blocks", [64, 128], ["--batch", "24", "--checkpoint-activations", "blocks"]),
    ("96, batch 16", [96], ["--batch", "16"]),
    ("96, batch 16, all", [96], ["--batch", "16", "--checkpoint-activations", "all"]),
    ("192,384, batch 2", [192, 384], ["--batch", "2"]),
    ("192,384, batch 2, 8 bit, no average", [192, 384], ["--batch", "2", "--adam-moments", "8bit", "--ema", "off"]),
    ("192,384, 2 x batch 1, blocks", [192, 384], ["--batch", "1", "--accumulate", "2", "--checkpoint-activations", "blocks"]),
]
GENERATION = [
    ("192,384", [192, 384], ["--fast-batch", "4"]),
    ("192,384, blocks", [192, 384], ["--fast-batch", "4", "--checkpoint-activations", "blocks"]),
    ("192,384, no memory", [192, 384], ["--no-fast"]),
]
EPISODES = [("64,128, batch 2, four in step", [64, 128], ["--fast-batch", "2"])]
LEARNING = [
    ("64,128, batch 8", [64, 128], ["--fast-batch", "8"]),
    ("192,384, batch 4", [192, 384], ["--fast-batch", "4"]),
]

# 256x256. Options of svg-pretrain (8 + 8 frames) and of svg-generate (16 + 16 frames).
FULL_TRAINING = [
    ["--batch", "1"],
    ["--batch", "1", "--dtype", "bf16"],
    ["--batch", "1", "--dtype", "bf16", "--checkpoint-activations", "blocks"],
    ["--batch", "1", "--dtype", "bf16", "--checkpoint-activations", "all"],
    ["--batch", "1", "--dtype", "bf16", "--checkpoint-activations", "offload"],
    ["--batch", "1", "--dtype", "bf16", "--checkpoint-activations", "blocks", "--adam-moments", "8bit"],
    ["--batch", "1", "--dtype", "bf16", "--checkpoint-activations", "blocks", "--adam-moments", "8bit", "--ema", "off"],
    ["--batch", "4", "--dtype", "bf16", "--checkpoint-activations", "blocks", "--adam-moments", "8bit"],
    ["--batch", "8", "--dtype", "bf16", "--checkpoint-activations", "blocks", "--adam-moments", "8bit"],
    ["--batch", "4", "--accumulate", "4", "--dtype", "bf16", "--checkpoint-activations", "blocks", "--adam-moments", "8bit"],
]
FULL_GENERATION = [
    ["--dtype", "bf16", "--no-fast"],
    ["--dtype", "bf16"],
    ["--dtype", "bf16", "--checkpoint-activations", "blocks"],
    ["--dtype", "bf16", "--checkpoint-activations", "all"],
    ["--dtype", "bf16", "--checkpoint-activations", "offload"],
    ["--dtype", "bf16", "--checkpoint-activations", "blocks", "--lora-targets", "attention,ff,proj"],
]


def print_full_size(bin_dir, folder):
    source = ROOT / "test/golden/modelscope"
    model = folder / "modelscope"
    for name in ("unet", "vae", "text_encoder", "scheduler"):
        shutil.copytree(source / name, model / name)
    shutil.copy(source / "narrow/model_index.json", model)
    shared = [*SHARED, "--model", model, "--estimate-size", "256x256"]
    for tool, windows, rows, limit in (("svg-pretrain", ["--past", "8", "--future", "8"], FULL_TRAINING, "80G"),
                                       ("svg-generate", ["--past", "16", "--future", "16", "--guidance", "9"], FULL_GENERATION, "24G")):
        print(f"{tool} {' '.join(windows)}: GiB of {limit}")
        for options in rows:
            plan = plan_of([bin_dir / tool, *shared, *windows, *options, "--estimate-memory", limit])
            parts = ", ".join(f"{k} {v / 2**30:.1f}" for k, v in plan["bytes"].items() if v)
            print(f"  {plan['total_bytes'] / 2**30:6.1f} {'fits' if plan['fits'] else '    '}  {' '.join(options)}\n               {parts}", flush=True)


def peak_of(command, **kwargs):
    """Runs a command to its end; bytes of its resident memory at its most."""
    child = subprocess.Popen([str(c) for c in command], **kwargs)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{child.args}: exit {child.returncode}")
    return usage.ru_maxrss * 1024


def plan_of(command):
    done = subprocess.run([str(c) for c in command] + ["--estimate", "--json"], stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{done.args}: exit {done.returncode}")
    return json.loads(done.stdout)


class Bench:
    def __init__(self, bin_dir, folder):
        self.bin, self.folder = pathlib.Path(bin_dir).resolve(), folder
        subprocess.run([self.bin / "svg-world", "dataset", "-q", "--frames", "4", "--size", "64x64", "--episodes", "1",
                        "--chunks", "6", "-o", folder / "data"], check=True)
        self.models, self.latents = {}, None

    def model(self, widths):
        """A directory with fresh weights and, of it, the data as latents."""
        if tuple(widths) in self.models:
            return self.models[tuple(widths)]
        path = self.folder / ("model-" + "-".join(map(str, widths)))
        shutil.copytree(ROOT / "examples/models/maze-tiny/config", path / "config")
        where = path / "config/unet/config.json"
        config = json.loads(where.read_text())
        config["block_out_channels"] = widths
        config["down_block_types"] = ["CrossAttnDownBlock3D"] * len(widths)
        config["up_block_types"] = ["CrossAttnUpBlock3D"] * len(widths)
        config["sample_size"] = 16
        where.write_text(json.dumps(config))
        (path / "config/svg.json").write_text(json.dumps({"past": 4, "future": 4, "steps": 2}))
        train = [self.bin / "svg-pretrain", *SHARED, "--data", self.folder / "data", "--steps", "1", "--batch", "1"]
        subprocess.run([*train, "--component", "vae", "--model", path / "config", "-o", path / "vae"], check=True)
        subprocess.run([*train, "--model", path / "vae", "--past", "4", "--future", "4", "-o", path / "model"], check=True)
        self.models[tuple(widths)] = path
        return path

    def training(self, widths, options):
        path = self.model(widths)
        command = [self.bin / "svg-pretrain", *SHARED, "--model", path / "model", "--past", "4", "--future", "4", *options]
        run = [*command, "--data", *sorted((path / "model/latents").glob("*.latents")), "--steps", "2", "--validate-every", "0", "--force",
               "-o", path / "run"]
        return plan_of(command), peak_of(run)

    def generation(self, widths, options):
        path = self.model(widths)
        command = [self.bin / "svg-generate", *SHARED, "--model", path / "model", *options]
        stream = sorted((path / "model/latents").glob("*.latents"))[0]
        actions = path / "actions.txt"
        actions.write_text("turn left\nturn right\n")
        return plan_of(command), peak_of([*command, "--actions", actions, "-o", path / "out.latents", stream])

    def episodes(self, widths, options):
        path = self.model(widths)
        stream = sorted((path / "model/latents").glob("*.latents"))[0]
        requests = path / "requests.jsonl"
        requests.write_text("".join(json.dumps({"input": str(stream), "actions": ["turn left", "turn right"], "output": str(path / f"{k}.latents")})
                                    + "\n" for k in range(4)))
        command = [self.bin / "svg-generate", *SHARED, "--model", path / "model", "--episodes", requests, *options]
        return plan_of(command), peak_of(command)

    def learning(self, widths, options):
        path = self.model(widths)
        shutil.rmtree(path / "seen.memory", ignore_errors=True)
        command = [self.bin / "svg-fastlearn", *SHARED, "--model", path / "model", "--memory", path / "seen.memory", *options,
                   sorted((path / "model/latents").glob("*.latents"))[0]]
        return plan_of(command), peak_of(command, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin")
    parser.add_argument("--rows", default="", help="only rows whose name contains this")
    parser.add_argument("--modelscope", action="store_true")
    o = parser.parse_args()
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        if o.modelscope:
            return print_full_size(pathlib.Path(o.bin).resolve(), pathlib.Path(folder))
        bench = Bench(o.bin, pathlib.Path(folder))
        print(f"{'':46}{'predicted':>10}{'measured':>10}{'off by':>8}   predicted parts, MiB")
        for kind, rows, of in (("train", TRAINING, bench.training), ("chunk", GENERATION, bench.generation), ("batch", EPISODES, bench.episodes),
                               ("learn", LEARNING, bench.learning)):
            for name, widths, options in rows:
                if o.rows not in f"{kind} {name}":
                    continue
                plan, measured = of(widths, options)
                off = plan["total_bytes"] / measured - 1
                worst = max(worst, abs(off))
                parts = ", ".join(f"{k} {v / 2**20:.0f}" for k, v in plan["bytes"].items() if v)
                print(f"{kind + ': ' + name:46}{plan['total_bytes'] / 2**20:10.0f}{measured / 2**20:10.0f}{100 * off:+7.1f}%   {parts}", flush=True)
    if worst > 0.1:
        raise SystemExit(f"a prediction is off by {100 * worst:.0f} %")


if __name__ == "__main__":
    main()
