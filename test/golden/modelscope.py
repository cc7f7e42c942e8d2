"""The structure of ModelScopeT2V (text-to-video-ms-1.7b), which is the paper's backbone: configs, and the name and shape of every parameter.

    python test/golden/modelscope.py            # writes test/golden/modelscope/

For each component a config.json as diffusers and transformers write it, and parameters.txt: a line a parameter, its name and its shape. Made on
the "meta" device, so that nothing of the 1.8 billion numbers is ever there. Names of the text encoder as in the published directory, which
transformers 4 wrote ("text_model." in front). Versions: test/golden/requirements.txt.
"""
import json
import pathlib

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet3DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

UNET = dict(sample_size=32, block_out_channels=[320, 640, 1280, 1280], layers_per_block=2, attention_head_dim=64, cross_attention_dim=1024)
VAE = dict(sample_size=512, block_out_channels=[128, 256, 512, 512], down_block_types=["DownEncoderBlock2D"] * 4,
           up_block_types=["UpDecoderBlock2D"] * 4, layers_per_block=2, latent_channels=4)
TEXT = dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=23, num_attention_heads=16, hidden_act="gelu", projection_dim=512)
SCHEDULER = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False,
                 steps_offset=1)


def main():
    folder = pathlib.Path(__file__).with_suffix("")
    with torch.device("meta"):
        components = {"unet": UNet3DConditionModel(**UNET), "vae": AutoencoderKL(**VAE), "text_encoder": CLIPTextModel(CLIPTextConfig(**TEXT))}
    for name, model in components.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        model.config.save_pretrained(folder / name) if name == "text_encoder" else model.save_config(folder / name)
        before = "text_model." if name == "text_encoder" else ""
        lines = [f"{before}{key} {json.dumps(list(p.shape), separators=(',', ':'))}" for key, p in model.named_parameters()]
        (folder / name / "parameters.txt").write_text("\n".join(sorted(lines)) + "\n")
        print(name, len(lines), "parameters,", sum(p.numel() for p in model.parameters()), "numbers")
    DDIMScheduler(**SCHEDULER).save_config(folder / "scheduler")


if __name__ == "__main__":
    main()
