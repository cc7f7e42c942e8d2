"""Times a model directory beside diffusers, PEFT and torch.optim: same weights, inputs, noise, timesteps and threads. See run.sh.

A row per piece of work: ours and the reference take turns; what they compute must agree, how long they take is printed.
"""
import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet3DConditionModel
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from safetensors.torch import load_file

WARM_UP = 2
# Name, what it is, and how far the results may be apart: relative to the largest number; for learning, to the size of the change.
ROWS = {
    "forward": ("UNet forward, B=1", 1e-4),
    "decode": ("VAE decode, the frames of a chunk", 1e-4),
    "train": ("UNet forward and backward, all weights, B=16", 1e-3),
    "sample": ("one chunk, {steps} DDIM steps", 1e-3),
    "guided": ("one chunk, {steps} DDIM steps, guidance {guidance}", 1e-3),
    "remembered": ("one chunk, {steps} DDIM steps, memory merged first", 1e-3),
    "learn": ("one fast-learning step: input-output, {targets}, {weighting}", 1e-2),
    "learn-paper": ("one fast-learning step: the paper's ({targets}, {weighting})", 1e-2),
}


class Reference:
    """The same work as a Python user would write it. Clips here are [B, C, F, h, w]. `compiled`: with torch.compile."""

    def __init__(self, folder, compiled=False):
        self.folder = folder
        self.compiled = compiled
        self.settings = json.loads((folder / "settings.json").read_text())
        self.inputs = load_file(folder / "inputs.safetensors")
        for name in ("past", "future", "noise", "train_sample", "train_target"):
            self.inputs[name] = self.inputs[name].transpose(1, 2).contiguous()
        for name in ("timestep", "train_timestep"):
            self.inputs[name] = self.inputs[name].long()
        self.past = self.settings["past"]
        self.scheduler = DDIMScheduler.from_pretrained(folder, subfolder="scheduler")

    def ready(self, model):
        if self.compiled:
            model.compile(dynamic=False)
        return model

    def unet(self):
        return UNet3DConditionModel.from_pretrained(self.folder, subfolder="unet").eval().requires_grad_(False)

    def unet_with_lora(self, form):
        settings, weights = self.settings["learn"][form], load_file(self.folder / f"{form}.lora.safetensors")
        layers = [key[len("base_model.model."):-len(".lora_A.weight")] for key in weights if key.endswith(".lora_A.weight")]
        config = LoraConfig(r=settings["rank"], lora_alpha=settings["rank"], target_modules=layers)
        model = get_peft_model(self.unet(), config).eval()
        assert not set_peft_model_state_dict(model, weights).unexpected_keys
        return self.ready(model)

    def row(self, name):
        """A function that does the work once and returns its results by name."""
        if name == "forward":
            return lambda model=self.ready(self.unet()): self.forward(model)
        if name == "decode":
            vae = AutoencoderKL.from_pretrained(self.folder, subfolder="vae").eval().requires_grad_(False)
            vae.decoder = self.ready(vae.decoder)
            return lambda: self.decode(vae)
        if name == "train":
            return lambda model=self.ready(self.unet().requires_grad_(True)): self.train(model)
        if name in ("sample", "guided"):
            return lambda model=self.ready(self.unet()): {"chunk": self.sample(model, self.settings["guidance"] if name == "guided" else 1)}
        if name == "remembered":
            return lambda model=self.unet_with_lora("learn"): self.remembered(model)
        model, settings = self.unet_with_lora(name), self.settings["learn"][name]
        optimizer = adam(model, settings)
        noise, t = self.inputs["noise"], self.inputs["timestep"]
        return lambda: {"loss": self.learn(model, optimizer, settings, noise, t)[None], **self.learned(model)}

    @torch.inference_mode()
    def forward(self, model):
        clip = torch.cat([self.inputs["past"], self.inputs["future"]], 2)
        return {"output": model(clip, self.inputs["timestep"], self.inputs["text"]).sample.transpose(1, 2)}

    @torch.inference_mode()
    def decode(self, vae):
        return {"pixels": vae.decode(self.inputs["future"][0].transpose(0, 1)).sample}

    def train(self, model):
        output = model(self.inputs["train_sample"], self.inputs["train_timestep"], self.inputs["train_text"]).sample
        loss = torch.nn.functional.mse_loss(output, self.inputs["train_target"])
        loss.backward()
        gradient = model.conv_in.weight.grad
        model.zero_grad(set_to_none=True)
        return {"loss": loss.detach(), "gradient": gradient}

    @torch.inference_mode()
    def sample(self, model, guidance):
        past, text, x = self.inputs["past"], self.inputs["text"], self.inputs["noise"][:, :, self.past:]
        if guidance != 1:
            past, text = torch.cat([past, past]), torch.cat([self.inputs["empty_text"][None], text])
        self.scheduler.set_timesteps(self.settings["steps"])
        for t in self.scheduler.timesteps:
            future = x if guidance == 1 else torch.cat([x, x])
            output = model(torch.cat([past, future], 2), t, text).sample[:, :, self.past:]
            if guidance != 1:
                unconditional, conditional = output.chunk(2)
                output = unconditional + guidance * (conditional - unconditional)
            x = self.scheduler.step(output, t, x).prev_sample
        return x.transpose(1, 2)

    def remembered(self, model):
        model.merge_adapter()
        chunk = self.sample(model, 1)
        model.unmerge_adapter()
        return {"chunk": chunk}

    def learn(self, model, optimizer, form, noise, t):
        """One step; the loss before it."""
        loss = self.window_loss(model, form, noise, t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    def learned(self, model):
        return {name.replace(".default", ""): p.detach() for name, p in model.named_parameters() if p.requires_grad}

    def window_loss(self, model, form, noise, t):
        """Of the window of past and future, for each row of the noise."""
        i, rows = self.inputs, len(noise)
        clip = torch.cat([i["past"], i["future"]], 2).expand(rows, -1, -1, -1, -1)
        clean = self.past if form["objective"] == "input-output" else 0
        text = (i["text"] if clean else i["empty_text"][None]).expand(rows, -1, -1)
        target, noise = clip[:, :, clean:], noise[:, :, clean:]
        noisy = self.scheduler.add_noise(target, noise, t)
        output = model(torch.cat([clip[:, :, :clean], noisy], 2), t, text).sample[:, :, clean:]
        return self.loss(output, target, noisy, noise, t, form["weighting"])

    def loss(self, output, target, noisy, noise, t, weighting):
        """Squared error of the noise or of the velocity, whichever of the two the model predicts."""
        predicted, alpha = self.scheduler.config.prediction_type, self.scheduler.alphas_cumprod[t].view(-1, 1, 1, 1, 1)
        if weighting == "eps" and predicted == "v_prediction":
            output = alpha.sqrt() * output + (1 - alpha).sqrt() * noisy
        elif weighting == "v" and predicted == "epsilon":
            output = (output - (1 - alpha).sqrt() * noisy) / alpha.sqrt()
        wanted = noise if weighting == "eps" else self.scheduler.get_velocity(target, noise, t)
        return torch.nn.functional.mse_loss(output, wanted)


def adam(model, settings):
    """Adam over what the model learns, in the form of torch's that is faster on such parameters here."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    best = {}
    for form in ("foreach", "fused"):
        copies = [torch.zeros_like(p, requires_grad=True) for p in parameters]
        for p in copies:
            p.grad = torch.ones_like(p)
        optimizer = torch.optim.Adam(copies, **{form: True})
        optimizer.step()
        start = time.perf_counter()
        for _ in range(3):
            optimizer.step()
        best[time.perf_counter() - start] = {form: True}
    return torch.optim.Adam(parameters, lr=settings["lr"], **best[min(best)])


def difference(ours, theirs, start):
    """The largest relative difference. Learned weights, which start from `start`, count together, by their change."""
    missing = set(ours) ^ set(theirs)
    assert not missing, f"results of one side only: {sorted(missing)}"
    learned = [name for name in ours if name in start]
    worst = [(ours[name] - theirs[name]).abs().max() / theirs[name].abs().max() for name in ours if name not in start]
    if learned:
        flat = [torch.cat([side[name].flatten() for name in learned]) for side in (ours, theirs, start)]
        worst.append((flat[0] - flat[1]).norm() / (flat[1] - flat[2]).norm())
    return torch.stack(worst).max().item()  # not a number counts as the largest


def compare(name, references, program, repeats):
    """Medians in seconds, ours first, then of each reference: wall, processor; and how far apart ours and the first reference are."""
    works = [reference.row(name) for reference in references]
    times = [[] for _ in range(1 + len(works))]
    apart = None
    for _ in range(WARM_UP + repeats):
        print(name, file=program.stdin, flush=True)
        answer = program.stdout.readline().split()
        if not answer:
            sys.exit(f"bench_model ended in row {name}")
        times[0].append(tuple(map(float, answer)))
        for k, work in enumerate(works):
            wall, cpu = time.perf_counter(), time.process_time()
            result = work()
            times[1 + k].append((time.perf_counter() - wall, time.process_time() - cpu))
            if apart is None:
                lora = references[0].folder / f"{name}.lora.safetensors"
                start = load_file(lora) if lora.exists() else {}
                apart = difference(load_file(references[0].folder / f"{name}.safetensors"), result, start)
    return [[statistics.median(column) for column in zip(*rows[WARM_UP:])] for rows in times], apart


def with_widths(model, widths, folder):
    """A copy of the model directory's configurations with another UNet, which gets fresh weights: twice, four times ... as wide a level."""
    copy = folder / "model"
    shutil.copytree(model, copy)
    for weights in (copy / "unet").glob("*.safetensors"):
        weights.unlink()
    path = copy / "unet/config.json"
    config = json.loads(path.read_text())
    levels = len(widths)
    config["block_out_channels"] = widths
    config["down_block_types"] = ["CrossAttnDownBlock3D"] * (levels - 1) + ["DownBlock3D" if levels > 1 else "CrossAttnDownBlock3D"]
    config["up_block_types"] = ["UpBlock3D" if levels > 1 else "CrossAttnUpBlock3D"] + ["CrossAttnUpBlock3D"] * (levels - 1)
    path.write_text(json.dumps(config))
    return copy


def bench(arguments, model):
    with tempfile.TemporaryDirectory() as folder:
        command = [arguments.program, model, folder, str(arguments.threads)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as program:
            if program.stdout.readline().strip() != "ready":
                return True
            folder = pathlib.Path(folder)
            references = [Reference(folder)] + ([Reference(folder, compiled=True)] if arguments.compile else [])
            failed = table(references, program, arguments)
            program.stdin.close()
            return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the built bench_model")
    parser.add_argument("--model", required=True, type=pathlib.Path, help="model directory")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7, help="timed repetitions, after a warm-up; the median counts")
    parser.add_argument("--rows", nargs="+", default=list(ROWS), choices=list(ROWS))
    parser.add_argument("--compile", action="store_true", help="also the reference under torch.compile")
    parser.add_argument("--widths", nargs="+", default=[""], metavar="W[,W...]", help="block_out_channels of UNets with fresh weights instead of the model's")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    failed = False
    for widths in arguments.widths:
        with tempfile.TemporaryDirectory() as folder:
            model = with_widths(arguments.model, [int(w) for w in widths.split(",")], pathlib.Path(folder)) if widths else arguments.model
            print(f"{arguments.model}{', UNet ' + widths if widths else ''}: {arguments.threads} threads, {arguments.repeats} repetitions in turns; "
                  "milliseconds: wall (processor)")
            failed = bench(arguments, model) or failed
        torch.compiler.reset()
    return 1 if failed else 0


def table(references, program, arguments):
    names = ["ours", "reference", "compiled"][:1 + len(references)]
    print(f"{'':64}" + "".join(f"{name:>22}" for name in names) + "".join(f"{'/ ' + name:>16}" for name in names[1:]) + "  difference")
    failed = False
    for name in arguments.rows:
        title, limit = ROWS[name]
        settings = references[0].settings
        title = title.format(**{**settings, **settings["learn"].get(name, {})})
        medians, apart = compare(name, references, program, arguments.repeats)
        cells = ["{:.2f} ({:.2f})".format(*(1e3 * x for x in side)) for side in medians]
        ratios = ["{:.2f} ({:.2f})".format(*(ours / theirs for ours, theirs in zip(medians[0], side))) for side in medians[1:]]
        agrees = apart <= limit
        failed = failed or not agrees
        print(f"{title:64}" + "".join(f"{cell:>22}" for cell in cells) + "".join(f"{ratio:>16}" for ratio in ratios) + f"  {apart:.1e}"
              + ("" if agrees else f"  DIFFERS: more than {limit:.0e}"), flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
