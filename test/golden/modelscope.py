"""The structure of ModelScopeT2V (text-to-video-ms-1.7b), which is the paper's backbone: configs, and the name and shape of every parameter.

    python test/golden/modelscope.py            # writes test/golden/modelscope/

For each component a config.json as diffusers and transformers write it, and parameters.txt: a line a parameter, its name and its shape. Made on
the "meta" device, so that nothing of the 1.8 billion numbers is ever there. Names of the text encoder as in the published directory, which
transformers 4 wrote ("text_model." in front). Versions: test/golden/requirements.txt.

The same structure with narrow layers, and weights for both, are for the tests: modelscope_narrow.py, modelscope_directory.py.
"""
import json
import pathlib

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet3DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

VAE_BLOCKS = dict(down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4, layers_per_block=2, latent_channels=4)
FULL = {
    "unet": dict(sample_size=32, block_out_channels=[320, 640, 1280, 1280], layers_per_block=2, attention_head_dim=64,
                 cross_attention_dim=1024),
    "vae": dict(VAE_BLOCKS, sample_size=512, block_out_channels=[128, 256, 512, 512]),
    "text_encoder": dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=23, num_attention_heads=16, hidden_act="gelu",
                         projection_dim=512),
}
NARROW = {
    "unet": dict(FULL["unet"], sample_size=8, block_out_channels=[16, 24, 32, 40], norm_num_groups=8, attention_head_dim=8,
                 cross_attention_dim=24),
    "vae": dict(VAE_BLOCKS, sample_size=64, block_out_channels=[8, 16, 24, 24], norm_num_groups=8),
    "text_encoder": dict(FULL["text_encoder"], hidden_size=24, intermediate_size=48, num_attention_heads=3, projection_dim=16),
}
SCHEDULER = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False,
                 steps_offset=1)


def components(widths):
    """On the meta device: to be filled."""
    with torch.device("meta"):
        return {"unet": UNet3DConditionModel(**widths["unet"]), "vae": AutoencoderKL(**widths["vae"]),
                "text_encoder": CLIPTextModel(CLIPTextConfig(**widths["text_encoder"]))}


def published_name(component, name):
    return f"text_model.{name}" if component == "text_encoder" else name


def made_weight(name, shape):
    """Weights that need no file: drawn by a rule that test/support/made_weights.cpp has too, to the same bits."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 % 2**32
    centre, bound = 0.0, 0.1
    if len(shape) > 1:
        bound = (3 / (torch.Size(shape).numel() // shape[0])) ** 0.5
    elif name.endswith(".weight"):
        centre = 1.0
    return torch.empty(shape).uniform_(-bound, bound, generator=torch.Generator().manual_seed(seed)) + centre


def fill(component, model, dtype=torch.float32):
    """Gives every parameter its made weight."""
    for module_name, module in model.named_modules():
        for name, p in list(module.named_parameters(recurse=False)):
            path = published_name(component, f"{module_name}.{name}" if module_name else name)
            setattr(module, name, torch.nn.Parameter(made_weight(path, p.shape).to(dtype), requires_grad=False))
        for name, b in list(module.named_buffers(recurse=False)):
            assert name == "position_ids", name
            module.register_buffer(name, torch.arange(b.shape[-1]).expand(b.shape), persistent=False)
    return model.eval()


def save_config(component, model, folder):
    folder.mkdir(parents=True, exist_ok=True)
    model.config.save_pretrained(folder) if component == "text_encoder" else model.save_config(folder)


def main():
    folder = pathlib.Path(__file__).with_suffix("")
    for component, model in components(FULL).items():
        save_config(component, model, folder / component)
        lines = [f"{published_name(component, key)} {json.dumps(list(p.shape), separators=(',', ':'))}" for key, p in model.named_parameters()]
        (folder / component / "parameters.txt").write_text("\n".join(sorted(lines)) + "\n")
        print(component, len(lines), "parameters,", sum(p.numel() for p in model.parameters()), "numbers")
    DDIMScheduler(**SCHEDULER).save_config(folder / "scheduler")


if __name__ == "__main__":
    main()
