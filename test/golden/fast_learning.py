"""Reference for fast learning (libcore/fast/fast_learning), made by diffusers' UNet, PEFT's LoRA and torch's Adam.

    python test/golden/fast_learning.py            # writes test/golden/fast_learning/

unet.safetensors holds the UNet's weights (rounded to fp16) and its config. For each case NAME.safetensors holds what goes in (past, chunk,
text, empty_text, the draws, the first A and B) and what comes out (the loss of each step, the last A and B), and, as metadata, the
settings. fp32, one thread. Versions: test/golden/requirements.txt.
"""
import json
import pathlib

import torch
from diffusers import DDPMScheduler, UNet3DConditionModel
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file

from unet3d import CROSS, UP_CROSS, randomise

UNET = dict(block_out_channels=[8], down_block_types=[CROSS], up_block_types=[UP_CROSS], layers_per_block=1, norm_num_groups=4,
            attention_head_dim=4, cross_attention_dim=6, in_channels=3, out_channels=3)
SCHEDULE = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000)
PAST, FUTURE, TOKENS, H, W = 2, 3, 4, 4, 5
STEPS, BATCH, RANK = 8, 2, 3
ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]

CASES = {
    # The paper's form.
    "consecutive_eps": dict(objective="consecutive", weighting="eps", prediction_type="epsilon", lr=1e-3, alpha=3.0),
    # The original Temp-LoRA, on a model of each kind of prediction.
    "input_output_v": dict(objective="input-output", weighting="v", prediction_type="v_prediction", lr=5e-3, alpha=4.5),
    "input_output_v_of_eps": dict(objective="input-output", weighting="v", prediction_type="epsilon", lr=1e-3, alpha=3.0),
}


def window_loss(model, schedule, form, past, chunk, words, noise, t):
    """Mean squared error over the noised frames of a batch of draws, as `form` has objective and weighting. past, chunk [F, C, h, w];
    noise [B, F, C, h, w]; words [1, L, D]."""
    if form["objective"] == "consecutive":
        past, chunk = past[:0], torch.cat([past, chunk])
    clean, target = past.expand(len(t), *past.shape), chunk.expand(len(t), *chunk.shape)
    noisy = schedule.add_noise(target, noise, t)
    sample = torch.cat([clean, noisy], 1).transpose(1, 2)
    out = model(sample, t, words.expand(len(t), -1, -1)).sample.transpose(1, 2)[:, len(past):]
    a = schedule.alphas_cumprod[t].view(-1, 1, 1, 1, 1)
    if schedule.config.prediction_type == "v_prediction":
        v, x0, eps = out, a.sqrt() * noisy - (1 - a).sqrt() * out, a.sqrt() * out + (1 - a).sqrt() * noisy
    else:
        x0, eps = (noisy - (1 - a).sqrt() * out) / a.sqrt(), out
        v = schedule.get_velocity(x0, eps, t)
    predicted, wanted = {"eps": (eps, noise), "x0": (x0, target), "v": (v, schedule.get_velocity(target, noise, t))}[form["weighting"]]
    return torch.nn.functional.mse_loss(predicted, wanted)


def main():
    torch.set_num_threads(1)
    folder = pathlib.Path(__file__).with_suffix("")
    folder.mkdir(exist_ok=True)
    torch.manual_seed(20)
    base = UNet3DConditionModel(**UNET).eval()
    randomise(base)
    config = {k: v for k, v in base.config.items() if k != "_use_default_values"}
    weights = {k: v.clone() for k, v in base.state_dict().items()}
    save_file({k: v.half() for k, v in weights.items()}, folder / "unet.safetensors", {"config": json.dumps(config, sort_keys=True)})
    for name, case in CASES.items():
        unet = UNet3DConditionModel(**UNET).eval()
        unet.load_state_dict(weights)
        schedule = DDPMScheduler(prediction_type=case["prediction_type"], **SCHEDULE)
        model = get_peft_model(unet, LoraConfig(r=RANK, lora_alpha=case["alpha"], target_modules=ATTENTION)).eval()
        frames = FUTURE + (PAST if case["objective"] == "consecutive" else 0)
        tensors = {
            "past": torch.randn(1, PAST, 3, H, W), "chunk": torch.randn(1, FUTURE, 3, H, W),
            "text": torch.randn(TOKENS, 6), "empty_text": torch.randn(TOKENS, 6),
            "noise": torch.randn(STEPS * BATCH, frames, 3, H, W), "timesteps": torch.randint(0, 1000, (STEPS * BATCH,)),
        }
        words = tensors["empty_text" if case["objective"] == "consecutive" else "text"]
        tensors |= {f"first.{k}": v.clone() for k, v in get_peft_model_state_dict(model).items()}
        trained = [p for p in model.parameters() if p.requires_grad]
        adam = torch.optim.Adam(trained, lr=case["lr"])
        losses = []
        for step in range(STEPS):
            draws = slice(step * BATCH, (step + 1) * BATCH)
            loss = window_loss(model, schedule, case, tensors["past"][0], tensors["chunk"][0], words[None], tensors["noise"][draws],
                               tensors["timesteps"][draws])
            adam.zero_grad()
            loss.backward()
            adam.step()
            losses.append(loss.item())
        tensors |= {f"last.{k}": v.detach().clone() for k, v in get_peft_model_state_dict(model).items()}
        tensors["losses"] = torch.tensor(losses)
        save_file({k: v.contiguous() for k, v in tensors.items()}, folder / f"{name}.safetensors",
                  {"case": json.dumps(case | {"rank": RANK, "batch": BATCH, "schedule": SCHEDULE}, sort_keys=True)})
        print(name, len(trained), "tensors, losses", losses)


if __name__ == "__main__":
    main()
