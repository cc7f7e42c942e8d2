"""Reference for libcore/optim/block_quantization and adamw_8bit, made by bitsandbytes on the CPU.

    python test/golden/block_quantization.py           # writes test/golden/block_quantization/

maps.safetensors      signed, unsigned [256] F32: create_dynamic_map
blocks.safetensors    of each case NAME.numbers [P] F32 and, in the map that its metadata names, NAME.codes [P] U8, NAME.absmax
                      [ceil(P / 256)] F32 and NAME.kernel_codes [P] U8: quantize_blockwise with blocks of 256. The codes are those of its
                      search among all values, in Python, which it has for inputs in double; kernel_codes those of its kernel for the CPU, which
                      looks them up in a table of 2^16 cells and so is coarser near zero
adamw.safetensors     three updates of AdamW with 8-bit moments: values.0 [P] F32, grads.K [P] F32 of update K (from 1), values.K after it, and
                      for both moments NAME.codes.K, NAME.absmax.K; its settings are in the metadata

Versions: test/golden/requirements.txt. bitsandbytes needs no GPU for this.
"""
import json
import pathlib

import bitsandbytes.functional as bnb
import torch
from safetensors.torch import save_file

BLOCK = 256


def cases():
    generator = torch.Generator().manual_seed(8)
    normal = lambda n: torch.randn(n, generator=generator)
    spread = lambda n: normal(n) * 10 ** (6 * torch.rand(n, generator=generator) - 6)  # over six decades
    zero = torch.zeros(BLOCK)
    yield "normal", "signed", normal(4 * BLOCK)
    yield "spread", "signed", spread(4 * BLOCK + 37)
    yield "zeros_between", "signed", torch.cat([normal(BLOCK), zero, 1e-30 * normal(BLOCK)])
    yield "squares", "unsigned", normal(4 * BLOCK).square()
    yield "spread_squares", "unsigned", spread(4 * BLOCK + 5).square()
    yield "zero_squares", "unsigned", torch.cat([normal(BLOCK).square(), zero])


def quantized(numbers, signed):
    """Codes of the search and of the kernel, largest magnitudes."""
    code = bnb.create_dynamic_map(signed)
    searched, absmax = torch.ops.bitsandbytes.quantize_blockwise(numbers.double(), code, BLOCK)
    looked_up, same = torch.ops.bitsandbytes.quantize_blockwise(numbers, code, BLOCK)
    assert torch.equal(absmax, same)
    return searched, absmax, looked_up


def adamw(folder):
    generator = torch.Generator().manual_seed(9)
    count, settings = 2 * BLOCK + 100, {"lr": 0.01, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weight_decay": 0.1}
    values = torch.randn(count, generator=generator)
    maps = {"exp_avg": bnb.create_dynamic_map(True), "exp_avg_sq": bnb.create_dynamic_map(False)}
    blocks = -(-count // BLOCK)
    codes = {name: torch.full((count,), int(m.abs().argmin()), dtype=torch.uint8) for name, m in maps.items()}
    absmax = {name: torch.zeros(blocks) for name in maps}
    tensors = {"values.0": values.clone()}
    for step in range(1, 4):
        grads = torch.randn(count, generator=generator) * 10 ** (torch.rand(count, generator=generator) - 1)
        tensors[f"grads.{step}"] = grads.clone()
        bnb.optimizer_update_8bit_blockwise("adam", grads, values, codes["exp_avg"], codes["exp_avg_sq"], settings["beta1"], settings["beta2"], 0.0,
                                            0.0, settings["eps"], step, settings["lr"], maps["exp_avg"], maps["exp_avg_sq"], absmax["exp_avg"],
                                            absmax["exp_avg_sq"], settings["weight_decay"])
        tensors[f"values.{step}"] = values.clone()
        for name in maps:
            tensors[f"{name}.codes.{step}"], tensors[f"{name}.absmax.{step}"] = codes[name].clone(), absmax[name].clone()
    save_file(tensors, folder / "adamw.safetensors", {"settings": json.dumps(settings)})


def main():
    torch.set_num_threads(1)
    folder = pathlib.Path(__file__).with_suffix("")
    folder.mkdir(exist_ok=True)
    save_file({"signed": bnb.create_dynamic_map(True), "unsigned": bnb.create_dynamic_map(False)}, folder / "maps.safetensors")
    tensors, kinds = {}, {}
    for name, kind, numbers in cases():
        codes, absmax, kernel_codes = quantized(numbers, kind == "signed")
        tensors |= {f"{name}.numbers": numbers.contiguous(), f"{name}.codes": codes, f"{name}.absmax": absmax, f"{name}.kernel_codes": kernel_codes}
        kinds[name] = kind
    save_file(tensors, folder / "blocks.safetensors", {"maps": json.dumps(kinds)})
    adamw(folder)


if __name__ == "__main__":
    main()
