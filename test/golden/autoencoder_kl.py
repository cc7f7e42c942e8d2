"""Reference tensors for libcore/model/autoencoder_kl from diffusers' AutoencoderKL.

Writes, per case, autoencoder_kl/<case>/: config.json and diffusion_pytorch_model.safetensors as diffusers saves them (fp16), and
expected.safetensors: inputs, posterior, decoded pictures, latents scaled for the diffusion model, and the gradients of a
training loss (reconstruction + 0.1 KL) for all parameters and the pictures.
"""
import pathlib

import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).resolve().parent / "autoencoder_kl"

CASES = {
    # odd picture sizes, so that every stage rounds down; two widths, so that there are shortcuts
    "attention": (dict(block_out_channels=(6, 8), norm_num_groups=2, layers_per_block=1, latent_channels=3,
                       sample_size=16), (2, 3, 11, 14)),
    "three_stages": (dict(block_out_channels=(4, 4, 8), norm_num_groups=4, layers_per_block=2, latent_channels=2, act_fn="mish",
                          mid_block_add_attention=False, use_quant_conv=False, use_post_quant_conv=False,
                          latents_mean=(0.25, -1.5), latents_std=(2.0, 0.5), scaling_factor=0.7), (1, 3, 20, 8)),
    # in the key names of diffusers before 0.14
    "old_names": (dict(block_out_channels=(4,), norm_num_groups=1, in_channels=1, out_channels=1, latent_channels=1,
                       shift_factor=0.125, scaling_factor=1.5), (1, 1, 5, 6)),
}
OLD_NAMES = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


def old_name(key):
    for now, before in OLD_NAMES.items():
        key = key.replace(f".{now}.", f".{before}.")
    return key


def scale(vae, x):
    """As the pipelines of diffusers do it: StableDiffusionXL for a mean and a deviation, StableDiffusion3 for a shift."""
    c = vae.config
    if c.latents_mean is not None:
        mean, std = (torch.tensor(v).view(1, -1, 1, 1) for v in (c.latents_mean, c.latents_std))
        return (x - mean) * c.scaling_factor / std
    return (x - (c.shift_factor or 0.0)) * c.scaling_factor


def make(case, settings, shape):
    torch.manual_seed(0)
    stages = len(settings["block_out_channels"])
    vae = AutoencoderKL(down_block_types=("DownEncoderBlock2D",) * stages, up_block_types=("UpDecoderBlock2D",) * stages,
                        **settings).eval()
    with torch.no_grad():  # norms away from one and zero; values that fp16 holds exactly
        for p in vae.parameters():
            p.copy_((p + 0.1 * torch.randn_like(p)).half().float())
    pixels = torch.rand(shape) * 2 - 1
    pixels.requires_grad_()
    posterior = vae.encode(pixels).latent_dist
    noise = torch.randn_like(posterior.mean)
    latents = posterior.mean + posterior.std * noise
    decoded = vae.decode(latents).sample
    target = torch.rand_like(decoded) * 2 - 1
    loss = (decoded - target).square().mean() + 0.1 * posterior.kl().mean()
    loss.backward()

    expected = {"pixels": pixels, "noise": noise, "target": target, "mean": posterior.mean, "logvar": posterior.logvar,
                "latents": latents, "kl": posterior.kl(), "decoded": decoded, "scaled": scale(vae, latents), "loss": loss,
                "grad.pixels": pixels.grad}
    expected |= {f"grad.{k}": p.grad for k, p in vae.named_parameters()}
    folder = HERE / case
    folder.mkdir(parents=True, exist_ok=True)
    save_file({k: v.detach().clone().contiguous() for k, v in expected.items()}, folder / "expected.safetensors")

    vae.half().save_pretrained(folder)
    if case == "old_names":
        weights = folder / "diffusion_pytorch_model.safetensors"
        save_file({old_name(k): v for k, v in load_file(weights).items()}, weights)


for case, (settings, shape) in CASES.items():
    make(case, settings, shape)
