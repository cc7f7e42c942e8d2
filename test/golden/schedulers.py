"""Reference numbers for libcore/diffusion from the schedulers of diffusers.

Writes schedulers/: cases.json (settings as in a scheduler_config.json, sampler, steps, eta), expected.safetensors (per case
"schedule.<i>.*": the schedule and its conversions; "walk.<i>.*": timesteps, inputs and samples of every step under the same given
model outputs and step noise) and scheduler_config.json as diffusers saves it.
"""
import json
import pathlib

import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, EulerDiscreteScheduler, UniPCMultistepScheduler
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent / "schedulers"
CLASSES = {"ddim": DDIMScheduler, "dpm++": DPMSolverMultistepScheduler, "euler": EulerDiscreteScheduler,
           "unipc": UniPCMultistepScheduler}

# what the ModelScope text-to-video directory says
MODELSCOPE = dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, clip_sample=False, set_alpha_to_one=False,
                  steps_offset=1)
V_ZERO_SNR = dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, clip_sample=False,
                  rescale_betas_zero_snr=True, prediction_type="v_prediction", timestep_spacing="trailing")

SCHEDULES = [
    dict(),
    MODELSCOPE,
    dict(beta_schedule="squaredcos_cap_v2", prediction_type="sample", num_train_timesteps=50),
    V_ZERO_SNR,
    dict(trained_betas=[0.01, 0.1, 0.3, 0.2], num_train_timesteps=4, prediction_type="v_prediction"),
]

WALKS = [
    ("ddim", MODELSCOPE, 10, 0.0),
    ("ddim", dict(MODELSCOPE, clip_sample=True, clip_sample_range=0.8, set_alpha_to_one=True), 7, 0.0),
    ("ddim", dict(MODELSCOPE, timestep_spacing="linspace"), 9, 0.5),
    ("ddim", dict(beta_schedule="squaredcos_cap_v2", prediction_type="sample", timestep_spacing="trailing"), 6, 1.0),
    ("ddim", V_ZERO_SNR, 12, 0.0),
    ("ddim", dict(num_train_timesteps=50, prediction_type="v_prediction"), 1, 0.0),
    ("dpm++", MODELSCOPE, 10, 0.0),
    ("dpm++", dict(MODELSCOPE, solver_type="heun", timestep_spacing="leading", final_sigmas_type="sigma_min"), 16, 0.0),
    ("dpm++", dict(MODELSCOPE, lower_order_final=False, final_sigmas_type="sigma_min", prediction_type="v_prediction"), 8, 0.0),
    ("dpm++", dict(MODELSCOPE, solver_order=1, prediction_type="sample"), 5, 0.0),
    ("dpm++", dict(MODELSCOPE, euler_at_final=True, timestep_spacing="trailing"), 15, 0.0),
    ("dpm++", V_ZERO_SNR, 12, 0.0),
    ("euler", MODELSCOPE, 10, 0.0),
    ("euler", dict(MODELSCOPE, timestep_spacing="leading", final_sigmas_type="sigma_min"), 8, 0.0),
    ("euler", dict(MODELSCOPE, timestep_spacing="trailing", prediction_type="sample"), 6, 0.0),
    ("euler", V_ZERO_SNR, 12, 0.0),
    ("unipc", MODELSCOPE, 10, 0.0),
    ("unipc", dict(MODELSCOPE, solver_type="bh1", timestep_spacing="leading", final_sigmas_type="sigma_min"), 7, 0.0),
    ("unipc", dict(MODELSCOPE, solver_order=3, timestep_spacing="trailing", prediction_type="v_prediction"), 9, 0.0),
    ("unipc", dict(MODELSCOPE, solver_order=1, disable_corrector=[0, 3], prediction_type="sample"), 6, 0.0),
    ("unipc", dict(MODELSCOPE, lower_order_final=False, final_sigmas_type="sigma_min"), 8, 0.0),
    ("unipc", V_ZERO_SNR, 12, 0.0),
]

torch.manual_seed(0)
SHAPE = (2, 3, 2, 2)
MOST = max(walk[2] for walk in WALKS)
expected = {"outputs": torch.randn(MOST, *SHAPE), "step_noise": torch.randn(MOST, *SHAPE), "start": torch.randn(SHAPE),
            "x0": torch.randn(SHAPE), "noise": torch.randn(SHAPE), "prediction": torch.randn(SHAPE)}

for i, settings in enumerate(SCHEDULES):
    scheduler = DDIMScheduler.from_config(dict(settings, clip_sample=False))
    top = scheduler.config.num_train_timesteps
    t = torch.tensor([top // 3, (3 * top) // 4])
    x0, noise, prediction = (expected[k] for k in ("x0", "noise", "prediction"))
    noisy = scheduler.add_noise(x0, noise, t)
    scheduler.set_timesteps(top)
    clean = torch.stack([scheduler.step(prediction[k], int(t[k]), noisy[k]).pred_original_sample for k in range(len(t))])
    a = scheduler.alphas_cumprod[t].view(-1, 1, 1, 1).double()
    expected |= {f"schedule.{i}.t": t, f"schedule.{i}.alphas_cumprod": scheduler.alphas_cumprod,
                 f"schedule.{i}.noisy": noisy, f"schedule.{i}.velocity": scheduler.get_velocity(x0, noise, t),
                 f"schedule.{i}.x0": clean,
                 # by definition: the noise that leads from that x0 to the noisy sample
                 f"schedule.{i}.epsilon": ((noisy.double() - a.sqrt() * clean.double()) / (1 - a).sqrt()).float()}

for i, (sampler, settings, steps, eta) in enumerate(WALKS):
    scheduler = CLASSES[sampler].from_config(settings)
    scheduler.set_timesteps(steps)
    assert len(scheduler.timesteps) == steps
    x = expected["start"] * float(scheduler.init_noise_sigma)
    inputs, samples = [], []
    for k, t in enumerate(scheduler.timesteps):
        inputs.append(scheduler.scale_model_input(x, t))
        extra = dict(eta=eta, variance_noise=expected["step_noise"][k]) if eta else {}
        x = scheduler.step(expected["outputs"][k], t, x, **extra).prev_sample
        samples.append(x)
    assert torch.stack(samples).isfinite().all(), (sampler, settings)
    expected |= {f"walk.{i}.timesteps": scheduler.timesteps.double(), f"walk.{i}.inputs": torch.stack(inputs),
                 f"walk.{i}.samples": torch.stack(samples)}

HERE.mkdir(exist_ok=True)
save_file({k: v.contiguous().clone() for k, v in expected.items()}, HERE / "expected.safetensors")
DDIMScheduler(**MODELSCOPE).save_config(HERE)
walks = [dict(sampler=s, settings=c, steps=n, eta=eta) for s, c, n, eta in WALKS]
(HERE / "cases.json").write_text(json.dumps(dict(schedules=SCHEDULES, walks=walks), indent=1) + "\n")
