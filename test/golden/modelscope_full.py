"""One prediction of ModelScopeT2V's UNet at full size on the CPU, ours beside diffusers', with the same weights and inputs.

    python test/golden/modelscope_full.py build/release/bin/unet3d_forward DIR [--frames 2] [--size 256] [--dtype fp32] [--threads 2]

DIR: the published directory, or one of modelscope_directory.py. Two processes, one after the other, so that memory holds one model at a time
(7 GB in fp32). Prints the largest difference relative to the largest number, seconds, and peak memory beside the bytes of the weights. Exits 1
above 1e-4 in fp32; in another precision diffusers computes in fp32 and the difference is only printed.
"""
import argparse
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import torch
from diffusers import UNet3DConditionModel
from safetensors.torch import load_file, save_file


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--frames", type=int, default=2)
    parser.add_argument("--size", type=int, default=256, help="pixels")
    parser.add_argument("--dtype", choices=["fp32", "bf16", "fp16"], default="fp32")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


@torch.no_grad()
def main():
    o = parse()
    torch.set_num_threads(o.threads)
    config = UNet3DConditionModel.load_config(o.model / "unet")
    torch.manual_seed(0)
    inputs = dict(sample=torch.randn(1, o.frames, 4, o.size // 8, o.size // 8), timestep=torch.tensor([501]),
                  text=torch.randn(1, 77, config["cross_attention_dim"]))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        save_file(inputs, folder / "inputs.safetensors")
        printed = subprocess.run([o.program, o.model, folder / "inputs.safetensors", folder / "output.safetensors", o.dtype, str(o.threads)],
                                 check=True, stdout=subprocess.PIPE, text=True).stdout
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        ours = load_file(folder / "output.safetensors")["output"]
    loading, predicting = map(float, printed.split())
    start = time.monotonic()
    unet = UNet3DConditionModel.from_pretrained(o.model / "unet", torch_dtype=torch.float32).eval()
    loaded = time.monotonic()
    theirs = unet(inputs["sample"].transpose(1, 2), inputs["timestep"], inputs["text"]).sample.transpose(1, 2)
    seconds = time.monotonic() - loaded
    error = ((ours - theirs).abs().max() / theirs.abs().max()).item()
    kept = sum(p.numel() for p in unet.parameters()) * (4 if o.dtype == "fp32" else 2)
    print(f"{o.frames} frames, {o.size}x{o.size}, {o.dtype}, {o.threads} threads: relative difference {error:.1e}")
    print(f"ours: loaded in {loading:.1f} s, {predicting:.2f} s, peak memory {peak / 1e9:.2f} GB, {peak / kept:.3f} of the weights' {kept / 1e9:.2f} GB")
    print(f"diffusers in fp32: loaded in {loaded - start:.1f} s, {seconds:.2f} s")
    return 1 if o.dtype == "fp32" and error > 1e-4 else 0


if __name__ == "__main__":
    sys.exit(main())
