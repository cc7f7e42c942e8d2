"""svg-memory import and export against PEFT and diffusers: whatever a LoRA does to a UNet there, it does after the way through a memory.

    python test/golden/memory_exchange.py build/release/bin

PEFT trains nothing: it makes a LoRA of random numbers for a small UNet3D (rank 3, alpha 4.5, with and without rsLoRA) and saves it. That
is imported, exported in both forms, and loaded again by PeftModel.from_pretrained and by diffusers' load_lora_weights; each must give the
output of the first, and diffusers' own file (save_lora_adapter) must come in as well. Prints the largest difference beside the size of the
LoRA's effect; exit status 1 where they differ by more than 1e-5 of it. Versions: test/golden/requirements.txt.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import torch
from diffusers import DiffusionPipeline, UNet3DConditionModel
from diffusers.loaders import PeftAdapterMixin, StableDiffusionLoraLoaderMixin
from peft import LoraConfig, PeftModel, get_peft_model

from fast_learning import ATTENTION, UNET
from unet3d import randomise


class AdaptedUNet(UNet3DConditionModel, PeftAdapterMixin):
    """diffusers gives this mixin to UNet2DConditionModel, and no longer to UNet3DConditionModel: the loader is the same."""


class Pipeline(DiffusionPipeline, StableDiffusionLoraLoaderMixin):
    def __init__(self, unet):
        super().__init__()
        self.register_modules(unet=unet)

    def load_lora_weights(self, folder):
        state, alphas, metadata = self.lora_state_dict(folder, return_lora_metadata=True)
        self.load_lora_into_unet(state, network_alphas=alphas, unet=self.unet, metadata=metadata, _pipeline=self)


def output(unet):
    generator = torch.Generator().manual_seed(3)
    sample = torch.randn(1, 3, 2, 4, 5, generator=generator)
    words = torch.randn(1, 4, 6, generator=generator)
    with torch.no_grad():
        return unet(sample, torch.tensor([500]), words).sample


def fresh(weights, kind=UNet3DConditionModel):
    unet = kind(**UNET).eval()
    unet.load_state_dict(weights)
    return unet


def check(rslora, bin_dir, folder):
    torch.manual_seed(20)
    base = UNet3DConditionModel(**UNET).eval()
    randomise(base)
    weights = {k: v.clone() for k, v in base.state_dict().items()}
    before = output(base)
    base.save_pretrained(folder / "model/unet")
    (folder / "model/model_index.json").write_text(json.dumps({"_class_name": "P", "unet": ["diffusers", "UNet3DConditionModel"]}))

    lora = get_peft_model(base, LoraConfig(r=3, lora_alpha=4.5, target_modules=ATTENTION, use_rslora=rslora)).eval()
    for name, parameter in lora.named_parameters():
        if "lora_" in name:
            parameter.data.normal_(0, 0.3)
    wanted = output(lora)
    lora.save_pretrained(folder / "theirs")
    effect = (wanted - before).abs().max().item()

    def svg_memory(*arguments):
        subprocess.run([bin_dir / "svg-memory", *arguments], check=True)

    svg_memory("import", folder / "theirs", "--model", folder / "model", "-o", folder / "a.memory")
    svg_memory("verify", folder / "a.memory", "--model", folder / "model")
    svg_memory("export", folder / "a.memory", "--as", "peft", "-o", folder / "peft")
    svg_memory("export", folder / "a.memory", "--as", "diffusers", "-o", folder / "diffusers")

    results = {"PEFT": output(PeftModel.from_pretrained(fresh(weights), folder / "peft").eval())}
    pipeline = Pipeline(fresh(weights, AdaptedUNet))
    pipeline.load_lora_weights(folder / "diffusers")
    results["diffusers"] = output(pipeline.unet)

    # And diffusers' own file back into a memory.
    pipeline.unet.save_lora_adapter(folder / "saved", adapter_name="default_0")
    svg_memory("import", folder / "saved", "--model", folder / "model", "-o", folder / "b.memory")
    svg_memory("export", folder / "b.memory", "--as", "peft", "-o", folder / "peft_b")
    results["from diffusers to PEFT"] = output(PeftModel.from_pretrained(fresh(weights), folder / "peft_b").eval())

    worst = 0
    for name, result in results.items():
        difference = (result - wanted).abs().max().item()
        worst = max(worst, difference / effect)
        print(f"rslora {rslora}: {name}: difference {difference:.2e}, effect of the LoRA {effect:.2e}")
    return worst


def main():
    torch.set_num_threads(1)
    bin_dir = pathlib.Path(sys.argv[1]).resolve()
    worst = 0
    for rslora in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            worst = max(worst, check(rslora, bin_dir, pathlib.Path(folder)))
    sys.exit(0 if worst < 1e-5 else 1)


if __name__ == "__main__":
    main()
