"""The PyTorch side of test/gpu/run.sh: the same UNet, weights and inputs as gpu_chunk left in FOLDER, in eager PyTorch as diffusers and PEFT
compute (diffusers' UNet3DConditionModel written out; LoRA as a side path while learning, merged for sampling). Needs torch alone.

    python reference.py FOLDER DEVICE

A JSON line for each check on standard output; exits 1 where our results differ from these.
"""
import json
import math
import pathlib
import statistics
import sys
import time

import torch
import torch.nn.functional as F

DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64}


def read_safetensors(path):
    data = torch.from_file(str(path), size=path.stat().st_size, dtype=torch.uint8)
    length = int.from_bytes(bytes(data[:8].tolist()), "little")
    header = json.loads(bytes(data[8:8 + length].tolist()))
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + x for x in entry["data_offsets"])
        tensors[name] = data[begin:end].clone().view(DTYPES[entry["dtype"]]).view(entry["shape"])
    return tensors


class UNet:
    """Weights by diffusers' names; samples [B, C, F, h, w]."""

    def __init__(self, config, weights):
        self.c, self.w, self.lora = config, weights, {}

    def linear(self, name, x):
        y = F.linear(x, self.w[name + ".weight"], self.w.get(name + ".bias"))
        if name in self.lora:
            a, b = self.lora[name]
            y = y + F.linear(F.linear(x.to(a.dtype), a), b).to(y.dtype)
        return y

    def norm(self, name, x, eps, groups=None):
        return F.group_norm(x, groups or self.c["norm_num_groups"], self.w[name + ".weight"], self.w[name + ".bias"], eps)

    def layer_norm(self, name, x):
        return F.layer_norm(x, x.shape[-1:], self.w[name + ".weight"], self.w[name + ".bias"])

    def conv(self, name, x, **more):
        return F.conv2d(x, self.w[name + ".weight"], self.w[name + ".bias"], **more)

    def resnet(self, name, x, time):
        h = self.conv(name + ".conv1", F.silu(self.norm(name + ".norm1", x, self.c["norm_eps"])), padding=1)
        h = h + self.linear(name + ".time_emb_proj", F.silu(time))[:, :, None, None]
        h = self.conv(name + ".conv2", F.silu(self.norm(name + ".norm2", h, self.c["norm_eps"])), padding=1)
        if name + ".conv_shortcut.weight" in self.w:
            x = self.conv(name + ".conv_shortcut", x)
        return x + h

    def temporal_conv(self, name, x, frames):
        x = x.reshape(-1, frames, *x.shape[1:]).permute(0, 2, 1, 3, 4)
        h = x
        for i in range(1, 5):
            stage = f"{name}.conv{i}"
            h = F.silu(self.norm(stage + ".0", h, 1e-5))
            conv = stage + (".2" if i == 1 else ".3")
            h = F.conv3d(h, self.w[conv + ".weight"], self.w[conv + ".bias"], padding=(1, 0, 0))
        return (x + h).permute(0, 2, 1, 3, 4).reshape(-1, x.shape[1], *x.shape[3:])

    def attention(self, name, x, context, heads):
        q, k, v = (self.linear(f"{name}.{part}", y).unflatten(-1, (heads, -1)).transpose(1, 2)
                   for part, y in (("to_q", x), ("to_k", context), ("to_v", context)))
        # Eager PyTorch splits no batches by itself: its kernels take 65,535 at most.
        parts = [F.scaled_dot_product_attention(*(t[i:i + 65535] for t in (q, k, v))) for i in range(0, len(q), 65535)]
        return self.linear(name + ".to_out.0", torch.cat(parts).transpose(1, 2).flatten(2) if len(parts) > 1 else parts[0].transpose(1, 2).flatten(2))

    def block(self, name, x, text, heads):
        normed = self.layer_norm(name + ".norm1", x)
        x = self.attention(name + ".attn1", normed, normed, heads) + x
        normed = self.layer_norm(name + ".norm2", x)
        x = self.attention(name + ".attn2", normed, normed if text is None else text, heads) + x
        value, gate = self.linear(name + ".ff.net.0.proj", self.layer_norm(name + ".norm3", x)).chunk(2, -1)
        return self.linear(name + ".ff.net.2", value * F.gelu(gate)) + x

    def spatial(self, name, x, text, heads):
        n, c, height, width = x.shape
        h = self.norm(name + ".norm", x, 1e-6).permute(0, 2, 3, 1).reshape(n, height * width, c)
        h = self.block(name + ".transformer_blocks.0", self.linear(name + ".proj_in", h), text, heads)
        return self.linear(name + ".proj_out", h).reshape(n, height, width, c).permute(0, 3, 1, 2) + x

    def temporal(self, name, x, frames, heads):
        n, c, height, width = x.shape
        video = x.reshape(-1, frames, c, height, width).permute(0, 2, 1, 3, 4)
        h = self.norm(name + ".norm", video, 1e-6).permute(0, 3, 4, 2, 1).reshape(-1, frames, c)
        h = self.block(name + ".transformer_blocks.0", self.linear(name + ".proj_in", h), None, heads)
        h = self.linear(name + ".proj_out", h).reshape(-1, height, width, frames, c).permute(0, 3, 4, 1, 2)
        return h.reshape(n, c, height, width) + x

    def layer(self, name, i, x, time, text, frames, attends):
        h = self.temporal_conv(f"{name}.temp_convs.{i}", self.resnet(f"{name}.resnets.{i}", x, time), frames)
        if not attends:
            return h
        heads = h.shape[1] // self.c["attention_head_dim"]
        return self.temporal(f"{name}.temp_attentions.{i}", self.spatial(f"{name}.attentions.{i}", h, text, heads), frames, heads)

    def __call__(self, sample, t, text):
        videos, _, frames = sample.shape[:3]
        widths = self.c["block_out_channels"]
        half = widths[0] // 2
        angle = t.float()[:, None] * torch.exp(torch.arange(half, device=t.device) * (-math.log(10000) / half))
        time = torch.cat([angle.cos(), angle.sin()], 1).to(sample.dtype)
        time = self.linear("time_embedding.linear_2", F.silu(self.linear("time_embedding.linear_1", time)))
        time = time.expand(videos, -1).repeat_interleave(frames, 0)
        text = text.repeat_interleave(frames, 0)
        h = self.conv("conv_in", sample.transpose(1, 2).flatten(0, 1), padding=1)
        h = self.temporal("transformer_in", h, frames, 8)
        skips = [h]
        for level, kind in enumerate(self.c["down_block_types"]):
            name = f"down_blocks.{level}"
            for i in range(self.c["layers_per_block"]):
                h = self.layer(name, i, h, time, text, frames, kind.startswith("CrossAttn"))
                skips.append(h)
            if level + 1 < len(widths):
                h = self.conv(name + ".downsamplers.0.conv", h, stride=2, padding=1)
                skips.append(h)
        h = self.layer("mid_block", 0, h, time, text, frames, True)
        h = self.layer("mid_block", 1, h, time, text, frames, False)
        for level, kind in enumerate(self.c["up_block_types"]):
            name = f"up_blocks.{level}"
            for i in range(self.c["layers_per_block"] + 1):
                h = self.layer(name, i, torch.cat([h, skips.pop()], 1), time, text, frames, kind.startswith("CrossAttn"))
            if level + 1 < len(widths):
                h = self.conv(name + ".upsamplers.0.conv", F.interpolate(h, scale_factor=2.0, mode="nearest"), padding=1)
        h = self.conv("conv_out", F.silu(self.norm("conv_norm_out", h, self.c["norm_eps"])), padding=1)
        return h.unflatten(0, (videos, frames)).transpose(1, 2)


class Reference:
    def __init__(self, folder, device):
        self.folder, self.device = folder, torch.device(device)
        self.s = json.loads((folder / "settings.json").read_text())
        self.dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[self.s["dtype"]]
        torch.set_num_threads(self.s["threads"])
        weights = {name: t.to(self.device) for name, t in read_safetensors(folder / "unet.safetensors").items()}
        self.unet = UNet(json.loads((folder / "config.json").read_text()), weights)
        inputs = read_safetensors(folder / "inputs.safetensors")
        self.alphas = inputs.pop("alphas_cumprod")
        self.i = {name: t.to(self.device) for name, t in inputs.items()}
        for name in ("past", "noise", "prediction"):
            self.i[name] = self.i[name].transpose(1, 2)
        self.good = True

    def seconds(self, work):
        self.wait()
        start = time.perf_counter()
        work()
        self.wait()
        return time.perf_counter() - start

    def median(self, work):
        work()
        return statistics.median(self.seconds(work) for _ in range(self.s["repeats"]))

    def wait(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def reset_peak(self):
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()

    def peak(self):
        return {"peak_memory_bytes": torch.cuda.max_memory_allocated()} if self.device.type == "cuda" else {}

    def report(self, check, **values):
        self.good = self.good and values["ok"]
        print(json.dumps({"check": check, **values}), flush=True)

    @torch.inference_mode()
    def parity(self):
        x = self.i["noise"][:, :, :self.s["parity_frames"]].to(self.dtype)
        ours = self.i["prediction"].float()
        theirs = self.unet(x, torch.tensor([500], device=self.device), self.i["text"].to(self.dtype)).float()
        error = ((ours - theirs).norm() / theirs.norm()).item()
        limit = 1e-4 if self.dtype == torch.float32 else 5e-2
        self.report("parity", ok=error <= limit, what="UNet at this size, ours beside PyTorch", relative_error=error, limit=limit, dtype=self.s["dtype"])

    @torch.inference_mode()
    def sample(self, steps):
        past, x = self.i["past"].to(self.dtype), self.i["noise"][:, :, self.s["past"]:]
        past = torch.cat([past, past])
        text = torch.stack([self.i["empty_text"], self.i["text"][0]]).to(self.dtype)
        stride = 1000 // steps
        for t in range((steps - 1) * stride + 1, 0, -stride):
            now, before = self.alphas[t].item(), self.alphas[max(t - stride, 0)].item()
            future = x.to(self.dtype)
            out = self.unet(torch.cat([past, torch.cat([future, future])], 2), torch.tensor([t], device=self.device), text)
            base, conditional = out[:, :, self.s["past"]:].float().chunk(2)
            noise = base + self.s["guidance"] * (conditional - base)
            clean = (x - math.sqrt(1 - now) * noise) / math.sqrt(now)
            x = math.sqrt(before) * clean + math.sqrt(1 - before) * noise
        return x

    def sampling(self, name):
        self.sample(2)
        self.reset_peak()
        seconds = self.seconds(lambda: self.sample(self.s["steps"]))
        self.report(name, ok=True, seconds=seconds, steps=self.s["steps"], guidance=self.s["guidance"], **self.peak())
        return seconds

    def layers(self):
        """Of attention, as PEFT would be told."""
        ends = (".to_q", ".to_k", ".to_v", ".to_out.0")
        return [name[:-len(".weight")] for name in self.unet.w if name.endswith(tuple(end + ".weight" for end in ends))]

    def adapters(self):
        rank = self.s["rank"]
        for name in self.layers():
            out, width = self.unet.w[name + ".weight"].shape
            a = torch.randn(rank, width, device=self.device) / math.sqrt(width)
            b = torch.randn(out, rank, device=self.device) * 1e-3
            yield name, (a.requires_grad_(True), b.requires_grad_(True))

    @torch.no_grad()
    def merge(self, pairs, sign=1):
        for name, (a, b) in pairs.items():
            w = self.unet.w[name + ".weight"]
            w += sign * (b @ a).to(w.dtype)

    def learning(self):
        pairs = dict(self.adapters())
        seconds = self.median(lambda: (self.merge(pairs), self.merge(pairs, -1)))
        self.report("merge", ok=True, what="W += B A of all layers and back", layers=len(pairs), seconds=seconds)
        self.merge(pairs)
        sampled = self.sampling("sampling with memory")
        self.merge(pairs, -1)
        self.unet.lora = pairs
        optimizer = torch.optim.Adam([p for pair in pairs.values() for p in pair], lr=1e-4, fused=True)
        clip = torch.cat([self.i["past"], self.i["noise"][:, :, self.s["past"]:]], 2)
        text, alpha = self.i["empty_text"][None].to(self.dtype), self.alphas[500].item()

        def step():
            noisy = math.sqrt(alpha) * clip + math.sqrt(1 - alpha) * self.i["noise"]
            out = self.unet(noisy.to(self.dtype), torch.tensor([500], device=self.device), text)
            F.mse_loss(out.float(), self.i["noise"]).backward()
            optimizer.step()
            optimizer.zero_grad()

        self.reset_peak()
        seconds = self.median(step)
        self.report("fast step", ok=True, seconds=seconds, rank=self.s["rank"], **self.peak())
        self.report("chunk with one step of learning", ok=True, seconds=sampled + seconds, learning_share=seconds / (sampled + seconds))
        self.unet.lora = {}

    def training(self):
        leaves = [w.requires_grad_(True) for w in self.unet.w.values()]
        x = self.i["noise"][:, :, :self.s["train_frames"]].to(self.dtype)

        def step():
            out = self.unet(x, torch.tensor([500], device=self.device), self.i["text"].to(self.dtype))
            F.mse_loss(out.float(), x.float()).backward()

        step()
        self.reset_peak()
        self.report("training step", ok=True, seconds=self.median(step), frames=self.s["train_frames"], tensors=len(leaves), **self.peak())

    def guarded(self, check, work):
        try:
            work()
        except torch.cuda.OutOfMemoryError as error:
            self.report(check, ok=True, out_of_memory=True, note=str(error)[:200])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    r = Reference(pathlib.Path(sys.argv[1]), sys.argv[2])
    r.report("versions", ok=True, torch=torch.__version__)
    r.parity()
    r.sampling("sampling")
    r.guarded("fast step", r.learning)
    r.guarded("training step", r.training)
    return 0 if r.good else 1


if __name__ == "__main__":
    sys.exit(main())
