"""Times a model directory beside diffusers, PEFT and torch.optim: same weights, inputs, noise, timesteps, dtype and threads. See run.sh.

A row per piece of work: ours and the others take turns; what they compute must agree, how long they take is printed.
"""
import argparse
import importlib.util
import itertools
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
from diffusers import AutoencoderKL, DDIMScheduler, UNet3DConditionModel
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from safetensors.torch import load_file

WARM_UP = 2
# As our executables wait, so that spinning threads take no core from other programs. Python's threads wait as they do by default: eager PyTorch
# takes twice as long on two threads where they sleep.
OURS = ["env", "OMP_WAIT_POLICY=passive", "GOMP_SPINCOUNT=10000"]
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
# Name, what it is, and how far the results may be apart in fp32: relative to the largest number; for learning, to the size of the change.
ROWS = {
    "forward": ("UNet forward, B=1", 1e-4),
    "decode": ("VAE decode, the frames of a chunk", 1e-4),
    "train": ("UNet forward and backward, all weights, B=16", 1e-3),
    "loop": ("the same with a memory of its own beside each item", 1e-3),
    "sample": ("one chunk, {steps} DDIM steps", 1e-3),
    "guided": ("one chunk, {steps} DDIM steps, guidance {guidance}", 1e-3),
    "remembered": ("one chunk, {steps} DDIM steps, memory merged first", 1e-3),
    "learn": ("one fast-learning step: input-output, {targets}, {weighting}", 1e-2),
    "learn-paper": ("one fast-learning step: the paper's ({targets}, {weighting})", 1e-2),
}
# In bf16, which has 8 bits.
BF16_LIMIT = 0.2
BF16_LIMITS = {"learn": 0.5, "learn-paper": 0.5}


class Reference:
    """The same work as a Python user would write it. Clips here are [B, C, F, h, w]. As in ours, bf16 is the weights' and the activations' type;
    what is sampled, learned weights, losses and Adam are fp32."""

    label = "reference"

    def __init__(self, folder, dtype="fp32", threads=1):
        self.folder = folder
        self.dtype = DTYPES[dtype]
        self.threads = threads
        self.settings = json.loads((folder / "settings.json").read_text())
        self.inputs = load_file(folder / "inputs.safetensors")
        for name in ("past", "future", "noise", "train_sample", "train_target"):
            self.inputs[name] = self.inputs[name].transpose(1, 2).contiguous()
        for name in ("timestep", "train_timestep"):
            self.inputs[name] = self.inputs[name].long()
        self.past = self.settings["past"]
        self.scheduler = DDIMScheduler.from_pretrained(folder, subfolder="scheduler")

    def ready(self, model):
        return model

    def unet(self):
        return UNet3DConditionModel.from_pretrained(self.folder, subfolder="unet", torch_dtype=self.dtype).eval().requires_grad_(False)

    def vae(self):
        return AutoencoderKL.from_pretrained(self.folder, subfolder="vae", torch_dtype=self.dtype).eval().requires_grad_(False)

    def future_of(self, model, past, future, t, text):
        """What the model predicts of the future frames, fp32."""
        clip = torch.cat([past, future], 2).to(self.dtype)
        return model(clip, t, text.to(self.dtype)).sample[:, :, past.shape[2]:].float()

    def unet_with_lora(self, form):
        settings, weights = self.settings["learn"][form], load_file(self.folder / f"{form}.lora.safetensors")
        layers = [key[len("base_model.model."):-len(".lora_A.weight")] for key in weights if key.endswith(".lora_A.weight")]
        config = LoraConfig(r=settings["rank"], lora_alpha=settings["rank"], target_modules=layers)
        model = get_peft_model(self.unet(), config).eval()
        assert not set_peft_model_state_dict(model, weights).unexpected_keys
        return self.ready(model)

    def unet_with_memories(self):
        """An adapter for each item of a batch, none of which learns; the UNet's own weights do."""
        files = sorted(self.folder.glob("loop.*.safetensors"), key=lambda path: int(path.name.split(".")[1]))
        rank = self.settings["learn"]["learn"]["rank"]
        model = None
        for k, path in enumerate(files):
            weights = load_file(path)
            layers = [key[len("base_model.model."):-len(".lora_A.weight")] for key in weights if key.endswith(".lora_A.weight")]
            config = LoraConfig(r=rank, lora_alpha=rank, target_modules=layers)
            if model is None:
                model = get_peft_model(self.unet(), config, adapter_name="0")
            else:
                model.add_adapter(str(k), config)
            assert not set_peft_model_state_dict(model, weights, adapter_name=str(k)).unexpected_keys
        model.eval()
        for name, p in model.named_parameters():
            p.requires_grad_("lora_" not in name)
        return model

    def row(self, name):
        """A function that does the work once and returns its results by name; None: it cannot."""
        if name == "forward":
            return lambda model=self.ready(self.unet()): self.forward(model)
        if name == "decode":
            vae = self.vae()
            vae.decoder = self.ready(vae.decoder)
            return lambda: self.decode(vae)
        if name == "train":
            return lambda model=self.ready(self.unet().requires_grad_(True)): self.train(model)
        if name == "loop":
            return lambda model=self.unet_with_memories(): self.loop(model)
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
        clip = torch.cat([self.inputs["past"], self.inputs["future"]], 2).to(self.dtype)
        return {"output": model(clip, self.inputs["timestep"], self.inputs["text"].to(self.dtype)).sample.transpose(1, 2)}

    @torch.inference_mode()
    def decode(self, vae):
        return {"pixels": vae.decode(self.inputs["future"][0].transpose(0, 1).to(self.dtype)).sample}

    def train(self, model):
        sample, text = (self.inputs[name].to(self.dtype) for name in ("train_sample", "train_text"))
        output = model(sample, self.inputs["train_timestep"], text).sample
        loss = torch.nn.functional.mse_loss(output.float(), self.inputs["train_target"])
        loss.backward()
        gradient = model.conv_in.weight.grad
        model.zero_grad(set_to_none=True)
        return {"loss": loss.detach(), "gradient": gradient}

    def loop(self, model):
        """An adapter is of the whole model, so item after item; their gradients add up."""
        i, total = self.inputs, 0
        rows = len(i["train_sample"])
        for k in range(rows):
            model.base_model.set_adapter(str(k))
            for name, p in model.named_parameters():
                if "lora_" in name:
                    p.requires_grad_(False)
            output = model(i["train_sample"][k:k + 1].to(self.dtype), i["train_timestep"][k:k + 1], i["train_text"][k:k + 1].to(self.dtype)).sample
            loss = torch.nn.functional.mse_loss(output.float(), i["train_target"][k:k + 1]) / rows
            loss.backward()
            total = total + loss.detach()
        gradient = model.base_model.model.conv_in.weight.grad
        model.zero_grad(set_to_none=True)
        return {"loss": total, "gradient": gradient}

    @torch.inference_mode()
    def sample(self, model, guidance):
        past, text, x = self.inputs["past"], self.inputs["text"], self.inputs["noise"][:, :, self.past:]
        if guidance != 1:
            past, text = torch.cat([past, past]), torch.cat([self.inputs["empty_text"][None], text])
        self.scheduler.set_timesteps(self.settings["steps"])
        for t in self.scheduler.timesteps:
            future = x if guidance == 1 else torch.cat([x, x])
            output = self.future_of(model, past, future, t, text)
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
        output = self.future_of(model, clip[:, :, :clean], noisy, t, text)
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


class Compiled(Reference):
    """With torch.compile, for this number of threads."""

    label = "compiled"

    def ready(self, model):
        torch._inductor.config.cpp.threads = self.threads
        model.compile(dynamic=False)
        return model


class OpenVino(Reference):
    """What needs no gradient, from a graph of fixed shapes."""

    label = "OpenVINO"

    def row(self, name):
        inputs = self.inputs
        if name == "forward":
            unet = self.unet().float()
            given = (torch.cat([inputs["past"], inputs["future"]], 2), inputs["timestep"], inputs["text"])
            run = self.graph(lambda clip, t, text: unet(clip, t, text, return_dict=False)[0], given)
            return lambda: {"output": run().transpose(1, 2)}
        if name == "decode":
            vae = self.vae().float()
            run = self.graph(lambda latents: vae.decode(latents, return_dict=False)[0], (inputs["future"][0].transpose(0, 1).contiguous(),))
            return lambda: {"pixels": run()}
        return None

    def graph(self, function, given):
        """A function that runs the traced one on what is given. The hint says what is computed in; what goes in and out is fp32."""
        import openvino

        class Module(torch.nn.Module):
            def forward(self, *x):
                return function(*x)

        traced = openvino.convert_model(Module().eval(), example_input=given, input=[list(x.shape) for x in given])
        compiled = openvino.compile_model(traced, "CPU", {
            "INFERENCE_PRECISION_HINT": {torch.float32: "f32", torch.bfloat16: "bf16"}[self.dtype],
            "INFERENCE_NUM_THREADS": self.threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"})
        arrays = [x.numpy() for x in given]
        return lambda: torch.from_numpy(compiled(arrays, share_inputs=True)[0])


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


def compare(name, others, program, repeats):
    """Of each side, ours first: medians of wall and processor seconds, and how far its result is from the reference's in fp32, which has the same
    weights; None where it has no such row."""
    folder = others[0].folder
    works = [other.row(name) for other in others]
    times, first = [[] for _ in range(1 + len(works))], [None] * (1 + len(works))
    for turn in range(WARM_UP + repeats):
        print(name, file=program.stdin, flush=True)
        answer = program.stdout.readline().split()
        if not answer:
            sys.exit(f"bench_model ended in row {name}")
        times[0].append(tuple(map(float, answer)))
        for k, work in enumerate(works, 1):
            if work is None:
                continue
            wall, cpu = time.perf_counter(), time.process_time()
            result = work()
            times[k].append((time.perf_counter() - wall, time.process_time() - cpu))
            if turn == 0:
                first[k] = {key: tensor.float().clone() for key, tensor in result.items()}
    first[0] = load_file(folder / f"{name}.safetensors")
    exact = first[1] if others[0].dtype == torch.float32 else Reference(folder).row(name)()
    lora = folder / f"{name}.lora.safetensors"
    start = load_file(lora) if lora.exists() else {}
    return [(*(statistics.median(column) for column in zip(*rows[WARM_UP:])), difference(result, exact, start)) if rows else None
            for rows, result in zip(times, first)]


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


def bench(arguments, model, dtype, threads):
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as folder:
        command = [*OURS, arguments.program, model, folder, str(threads), dtype]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as program:
            if program.stdout.readline().strip() != "ready":
                return True
            others = [side(pathlib.Path(folder), dtype, threads) for side in arguments.sides]
            failed = False
            for name in arguments.rows:
                failed = print_row(name, dtype, others[0].settings, compare(name, others, program, arguments.repeats)) or failed
            program.stdin.close()
            torch.compiler.reset()
            return failed


def print_row(name, dtype, settings, sides):
    """Returns whether a result is too far off."""
    title, limit = ROWS[name]
    title = title.format(**{**settings, **settings["learn"].get(name, {})})
    limit = limit if dtype == "fp32" else BF16_LIMITS.get(name, BF16_LIMIT)
    cells = "".join(f"{f'{1e3 * side[0]:.2f} ({1e3 * side[1]:.2f})' if side else '-':>22}" for side in sides)
    ratios = "".join(f"{f'{sides[0][0] / side[0]:.2f} ({sides[0][1] / side[1]:.2f})' if side else '-':>16}" for side in sides[1:])
    differences = "".join(f"{f'{side[2]:.1e}' if side else '-':>9}" for side in sides)
    agrees = all(side[2] <= limit for side in sides if side)
    print(f"{title:64}{cells}{ratios}  {differences}" + ("" if agrees else f"  DIFFERS: more than {limit:.0e}"), flush=True)
    return not agrees


def sides_of(arguments):
    """What ours is timed beside. What is not installed is said and left out."""
    sides = [Reference]
    if arguments.compile:
        if shutil.which(os.environ.get("CXX", "g++")):
            sides.append(Compiled)
        else:
            print("bench_model.py: no C++ compiler for torch.compile: left out", file=sys.stderr)
    if arguments.openvino:
        if importlib.util.find_spec("openvino"):
            sides.append(OpenVino)
        else:
            print("bench_model.py: openvino is not installed: left out", file=sys.stderr)
    return sides


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the built bench_model")
    parser.add_argument("--model", required=True, type=pathlib.Path, help="model directory")
    parser.add_argument("--threads", nargs="+", type=int, default=[2])
    parser.add_argument("--dtype", nargs="+", default=["fp32"], choices=list(DTYPES))
    parser.add_argument("--repeats", type=int, default=7, help="timed repetitions, after a warm-up; the median counts")
    parser.add_argument("--rows", nargs="+", default=list(ROWS), choices=list(ROWS))
    parser.add_argument("--compile", action="store_true", help="also the reference under torch.compile")
    parser.add_argument("--openvino", action="store_true", help="also OpenVINO, where no gradient is needed")
    parser.add_argument("--widths", nargs="+", default=[""], metavar="W[,W...]", help="block_out_channels of UNets with fresh weights instead of the model's")
    arguments = parser.parse_args()
    arguments.sides = sides_of(arguments)
    names = [side.label for side in arguments.sides]
    print(f"{arguments.model}: {arguments.repeats} repetitions in turns; milliseconds: wall (processor)")
    print(f"{'':64}" + "".join(f"{name:>22}" for name in ["ours", *names]) + "".join(f"{'/ ' + name:>16}" for name in names) + "   differences from fp32")
    failed = False
    for widths in arguments.widths:
        with tempfile.TemporaryDirectory() as folder:
            model = with_widths(arguments.model, [int(w) for w in widths.split(",")], pathlib.Path(folder)) if widths else arguments.model
            for dtype, threads in itertools.product(arguments.dtype, arguments.threads):
                print(f"{'UNet ' + widths + ', ' if widths else ''}{dtype}, {threads} thread{'s' if threads > 1 else ''}")
                failed = bench(arguments, model, dtype, threads) or failed
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
