"""Writes a directory of the structure of text-to-video-ms-1.7b with made weights, where the published one cannot be had.

    python test/golden/modelscope_directory.py OUT [--widths full|narrow] [--dtype fp32|fp16|bf16] [--shard-size 2GB]

As diffusers and transformers save it: unet/ vae/ text_encoder/ with safetensors (in shards where larger than --shard-size), tokenizer/,
scheduler/, model_index.json. Full size in fp32: 6.9 GB, and about 6 GB of memory while it is written.
"""
import argparse
import pathlib
import shutil

import torch
from diffusers import DDIMScheduler

from modelscope import FULL, NARROW, SCHEDULER, components, fill

HERE = pathlib.Path(__file__).resolve().parent
DTYPES = dict(fp32=torch.float32, fp16=torch.float16, bf16=torch.bfloat16)


def write_directory(out, widths, dtype, shard_size):
    tokenizer = HERE / "clip_tokenizer/saved"
    parts = components(widths)
    for name in list(parts):
        model = fill(name, parts.pop(name), dtype)
        model.save_pretrained(out / name, max_shard_size=shard_size)
        print(name, sum(p.numel() for p in model.parameters()), "numbers", flush=True)
        del model
    shutil.copytree(tokenizer, out / "tokenizer", dirs_exist_ok=True)
    DDIMScheduler(**SCHEDULER).save_pretrained(out / "scheduler")
    shutil.copy(HERE / "modelscope/narrow/model_index.json", out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--widths", choices=["full", "narrow"], default="full")
    parser.add_argument("--dtype", choices=DTYPES, default="fp32")
    parser.add_argument("--shard-size", default="10GB")
    o = parser.parse_args()
    widths = dict(full=FULL, narrow=NARROW)[o.widths]
    write_directory(o.out, widths, DTYPES[o.dtype], o.shard_size)


if __name__ == "__main__":
    main()
