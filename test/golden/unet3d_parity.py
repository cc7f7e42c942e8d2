"""Checks that diffusers loads a UNet which our code made and saved, and computes the same with it.

    python test/golden/unet3d_parity.py build/release/bin/unet3d_save

Exits 1 if a name or shape does not fit, or an output differs by more than 1e-4 of its largest number.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from diffusers import UNet3DConditionModel
from safetensors.torch import load_file, save_file

from unet3d import CASES


def main():
    worst = 0
    for name, (settings, (b, f, h, w), tokens) in CASES.items():
        torch.manual_seed(1)
        channels = settings.get("in_channels", 4)
        inputs = dict(sample=torch.randn(b, f, channels, h, w), timestep=torch.randint(0, 1000, (b,)),
                      text=torch.randn(b, tokens, settings["cross_attention_dim"]))
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "settings.json").write_text(json.dumps(settings))
            save_file(inputs, folder / "inputs.safetensors")
            subprocess.run([sys.argv[1], folder / "settings.json", folder / "inputs.safetensors", folder], check=True)
            model, notes = UNet3DConditionModel.from_pretrained(folder, output_loading_info=True)
            ours = load_file(folder / "output.safetensors")["output"]
        wrong = {kind: list(keys) for kind, keys in notes.items() if keys}
        with torch.no_grad():
            theirs = model.eval()(inputs["sample"].transpose(1, 2), inputs["timestep"], inputs["text"]).sample.transpose(1, 2)
        error = ((ours - theirs).abs().max() / theirs.abs().max()).item()
        print(f"{name}: relative difference {error:.2e}", wrong or "")
        worst = max(worst, float("inf") if wrong else error)
    return 0 if worst < 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main())
