"""Reference numbers at the full structure of ModelScopeT2V with narrow layers, from diffusers and transformers.

    python test/golden/modelscope_narrow.py     # writes test/golden/modelscope/narrow/

Configs (the tokenizer is clip_tokenizer/saved), and expected.safetensors: for each component inputs and outputs, the autoencoder also in tiles,
the UNet also in bf16 and with two LoRAs of PEFT, and what TextToVideoSDPipeline makes of given noise. The weights are made by rule on both sides (modelscope.py), so
none is stored.
"""
import json
import pathlib

import torch
from diffusers import DDIMScheduler, TextToVideoSDPipeline
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import CLIPTokenizer

from modelscope import NARROW, SCHEDULER, components, fill, made_weight, save_config

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE / "modelscope/narrow"
TILE = 32  # pixels
PROMPT, NEGATIVE, GUIDANCE, STEPS, FRAMES = "walk forward, then turn left", "", 9.0, 4, 3

# Two adapters in use at once: (rank, alpha, rsLoRA, modules, scale).
LORAS = {"one": (3, 4.5, False, ["to_q", "to_out.0"], 1.0), "two": (2, 3.0, True, ["to_q", "conv_shortcut", "downsamplers.0.conv"], 0.5)}


def narrow_pipeline():
    tokenizer = CLIPTokenizer.from_pretrained(HERE / "clip_tokenizer/saved")
    widths = dict(NARROW, text_encoder=dict(NARROW["text_encoder"], vocab_size=len(tokenizer), bos_token_id=tokenizer.bos_token_id,
                                            eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id))
    parts = {name: fill(name, model) for name, model in components(widths).items()}
    return TextToVideoSDPipeline(tokenizer=tokenizer, scheduler=DDIMScheduler(**SCHEDULER), **parts)


def with_loras(unet):
    """PEFT's model whose adapters hold made weights, named by adapter and layer."""
    model = None
    for name, (rank, alpha, rslora, modules, scale) in LORAS.items():
        config = LoraConfig(r=rank, lora_alpha=alpha, use_rslora=rslora, target_modules=modules)
        model = get_peft_model(unet, config, name) if model is None else (model.add_adapter(name, config) or model)
    model.base_model.set_adapter(list(LORAS))
    for path, p in model.named_parameters():
        for name in LORAS:
            if f".{name}." in path and "lora_" in path:
                p.data = made_weight(path.replace(f".{name}.", ".").replace("base_model.model", name, 1), p.shape)
    for layer in model.modules():
        for name, (*_, scale) in LORAS.items():
            if hasattr(layer, "set_scale"):
                layer.set_scale(name, scale)
    return model.eval()


def tensors(pipe):
    torch.manual_seed(0)
    vae, unet = pipe.vae, pipe.unet
    out = {}
    ids = torch.tensor(pipe.tokenizer([PROMPT, "turn right"], padding="max_length", max_length=77, truncation=True).input_ids)
    out |= {"text.ids": ids, "text.hidden": pipe.text_encoder(ids)[0]}

    out["unet.sample"] = torch.randn(2, 3, 4, 8, 8)
    out["unet.timestep"] = torch.tensor([981, 7])
    def predict(unet):
        sample, text = (out[k].to(unet.dtype) for k in ("unet.sample", "text.hidden"))
        return unet(sample.transpose(1, 2), out["unet.timestep"], text).sample.transpose(1, 2).float()
    out["unet.output"] = predict(unet)
    out["unet.output_bf16"] = predict(fill("unet", components(NARROW)["unet"], torch.bfloat16))

    out["unet.lora_output"] = predict(with_loras(fill("unet", components(NARROW)["unet"])).base_model.model)

    out["vae.pixels"] = torch.rand(1, 3, 48, 64) * 2 - 1
    posterior = vae.encode(out["vae.pixels"]).latent_dist
    out |= {"vae.mean": posterior.mean, "vae.logvar": posterior.logvar}
    out["vae.latents"] = torch.randn(1, 4, 7, 10)
    out["vae.decoded"] = vae.decode(out["vae.latents"]).sample
    vae.enable_tiling()
    vae.tile_sample_min_size, vae.tile_latent_min_size = TILE, TILE // 8
    out["vae.tiled_decoded"] = vae.decode(out["vae.latents"]).sample
    posterior = vae.encode(out["vae.decoded"].clamp(-1, 1)).latent_dist
    out |= {"vae.tiled_mean": posterior.mean, "vae.tiled_logvar": posterior.logvar}
    vae.disable_tiling()

    pipe.set_progress_bar_config(disable=True)
    out["pipeline.noise"] = torch.randn(FRAMES, 4, 8, 8)
    made = pipe(PROMPT, 64, 64, FRAMES, STEPS, GUIDANCE, NEGATIVE, latents=out["pipeline.noise"].transpose(0, 1)[None].contiguous(),
                output_type="latent").frames
    out["pipeline.latents"] = made[0].transpose(0, 1)
    return out


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    pipe = narrow_pipeline()
    for name in ("unet", "vae", "text_encoder"):
        save_config(name, getattr(pipe, name), FOLDER / name)
    pipe.scheduler.save_config(FOLDER / "scheduler")
    pipe.save_config(FOLDER)
    out = {k: v.contiguous() for k, v in tensors(pipe).items()}
    for name, t in out.items():
        print(name, list(t.shape), f"deviation {t.float().std():.3g}, largest {t.float().abs().max():.3g}")
        assert t.float().isfinite().all(), name
    save_file(out, FOLDER / "expected.safetensors", {"tile": str(TILE), "prompt": PROMPT, "guidance": str(GUIDANCE), "steps": str(STEPS)})


if __name__ == "__main__":
    main()
