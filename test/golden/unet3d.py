"""Reference tensors for libcore/model/unet3d, made by diffusers' own UNet3DConditionModel.

    python test/golden/unet3d.py            # writes test/golden/unet3d/

For each configuration two files: NAME.safetensors holds the weights (rounded to fp16 before anything is computed) and, as
metadata, the config; NAME.expected.safetensors holds the inputs, the output, and the gradient of the mean squared error
against `target` for every parameter ("grad.<name>"). fp32, one thread, eval mode (no dropout).
Versions: test/golden/requirements.txt.
"""
import json
import pathlib

import torch
from diffusers import UNet3DConditionModel
from safetensors.torch import save_file

CROSS, PLAIN = "CrossAttnDownBlock3D", "DownBlock3D"
UP_CROSS, UP_PLAIN = "CrossAttnUpBlock3D", "UpBlock3D"

# name: (config, input shape (B, F, h, w), text length)
CASES = {
    # One level; latents neither square nor even; heads that do not fill the width (3 of 3 in 10).
    "one_level": (dict(block_out_channels=[10], down_block_types=[CROSS], up_block_types=[UP_CROSS], layers_per_block=1,
                       norm_num_groups=5, attention_head_dim=3, cross_attention_dim=6), (2, 3, 5, 3), 4),
    # Two levels, attention above only; 7 frames; sizes that do not halve evenly; 1 and 2 heads.
    "two_levels": (dict(block_out_channels=[4, 6], down_block_types=[CROSS, PLAIN], up_block_types=[UP_PLAIN, UP_CROSS],
                        layers_per_block=1, norm_num_groups=2, attention_head_dim=3, cross_attention_dim=5),
                   (2, 7, 7, 5), 3),
    # Attention below only, two layers a block, one frame, mish, a scaled mid block.
    "deep_attention": (dict(block_out_channels=[4, 6], down_block_types=[PLAIN, CROSS], up_block_types=[UP_CROSS, UP_PLAIN],
                            layers_per_block=2, norm_num_groups=2, attention_head_dim=2, cross_attention_dim=7,
                            act_fn="mish", mid_block_scale_factor=1.7), (3, 1, 4, 6), 2),
    # Three levels whose widths fall again, other channel counts in and out, padding 0, another epsilon, gelu.
    "three_levels": (dict(block_out_channels=[4, 6, 4], down_block_types=[CROSS, PLAIN, PLAIN],
                          up_block_types=[UP_PLAIN, UP_PLAIN, UP_CROSS], layers_per_block=1, norm_num_groups=2,
                          attention_head_dim=1, cross_attention_dim=4, in_channels=3, out_channels=5,
                          downsample_padding=0, norm_eps=1e-3, act_fn="gelu"), (1, 2, 9, 6), 1),
    # The smallest latents, an odd width in the time embedding, no attention but in the middle, relu.
    "smallest": (dict(block_out_channels=[3], down_block_types=[PLAIN], up_block_types=[UP_PLAIN], layers_per_block=1,
                      norm_num_groups=1, attention_head_dim=2, cross_attention_dim=3, act_fn="relu"), (1, 4, 1, 2), 2),
}


def randomise(model):
    """Parameters at which every path matters: the zeros that diffusers starts some layers from would hide them."""
    for name, p in model.named_parameters():
        if p.dim() == 1 and name.endswith("weight"):
            p.data = 1 + 0.3 * torch.randn_like(p)
        elif p.dim() == 1:
            p.data = 0.3 * torch.randn_like(p)
        else:
            p.data = torch.randn_like(p) / p[0].numel() ** 0.5
        p.data = p.data.half().float()


def main():
    torch.set_num_threads(1)
    folder = pathlib.Path(__file__).with_suffix("")
    folder.mkdir(exist_ok=True)
    for seed, (name, (settings, (b, f, h, w), tokens)) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        model = UNet3DConditionModel(**settings).eval()
        randomise(model)
        config = {k: v for k, v in model.config.items() if k != "_use_default_values"}
        sample = torch.randn(b, f, model.config.in_channels, h, w)
        timestep = torch.randint(0, 1000, (b,))
        text = torch.randn(b, tokens, model.config.cross_attention_dim)
        output = model(sample.transpose(1, 2), timestep, text).sample.transpose(1, 2)
        target = torch.randn_like(output)
        torch.nn.functional.mse_loss(output, target).backward()
        save_file({k: v.half() for k, v in model.state_dict().items()}, folder / f"{name}.safetensors",
                  {"config": json.dumps(config, sort_keys=True)})
        expected = {"sample": sample, "timestep": timestep, "text": text, "target": target, "output": output.detach()}
        expected |= {f"grad.{k}": p.grad for k, p in model.named_parameters()}
        save_file({k: v.contiguous() for k, v in expected.items()}, folder / f"{name}.expected.safetensors")
        print(name, sum(p.numel() for p in model.parameters()), "parameters, output deviation", output.std().item())


if __name__ == "__main__":
    main()
