"""The UNet beside diffusers' own: same weights, inputs and threads, one pass of each in turn.

    OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive python test/bench/bench_unet.py build/release/bin/bench_unet [--rounds 15]

A row per configuration: median milliseconds (processor time, which other load disturbs least, and wall time), and ours / diffusers.
"""
import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time

import torch
from diffusers import UNet3DConditionModel
from safetensors.torch import save_file

CROSS, PLAIN = "CrossAttnDownBlock3D", "DownBlock3D"
UP_CROSS, UP_PLAIN = "CrossAttnUpBlock3D", "UpBlock3D"
MODELS = {
    "64": dict(block_out_channels=[64], down_block_types=[CROSS], up_block_types=[UP_CROSS]),
    "32-64": dict(block_out_channels=[32, 64], down_block_types=[CROSS, PLAIN], up_block_types=[UP_PLAIN, UP_CROSS]),
}
SETTINGS = dict(layers_per_block=1, norm_num_groups=8, attention_head_dim=16, cross_attention_dim=32)
FRAMES, HEIGHT, WIDTH, TOKENS = 8, 8, 4, 4


def timed(model, inputs, train):
    """(wall seconds, processor seconds, loss) of one pass."""
    for p in model.parameters():
        p.grad = None
        p.requires_grad_(train)
    with torch.set_grad_enabled(train):
        cpu, wall = time.process_time(), time.perf_counter()
        output = model(inputs["sample"].transpose(1, 2), inputs["timestep"], inputs["text"]).sample.transpose(1, 2)
        loss = torch.nn.functional.mse_loss(output, inputs["target"])
        if train:
            loss.backward()
        return time.perf_counter() - wall, time.process_time() - cpu, loss.item()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the built bench_unet")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 16])
    arguments = parser.parse_args()
    print(f"{torch.get_num_threads()} threads; ms: processor (wall)")
    for name in arguments.models:
        for batch in arguments.batches:
            torch.manual_seed(0)
            model = UNet3DConditionModel(**MODELS[name], **SETTINGS).eval()
            shape = (batch, FRAMES, 4, HEIGHT, WIDTH)
            inputs = dict(sample=torch.randn(shape), timestep=torch.randint(0, 1000, (batch,)),
                          text=torch.randn(batch, TOKENS, SETTINGS["cross_attention_dim"]), target=torch.randn(shape))
            with tempfile.TemporaryDirectory() as folder:
                model.save_pretrained(folder)
                file = pathlib.Path(folder, "inputs.safetensors")
                save_file(inputs, file)
                with subprocess.Popen([arguments.program, folder, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True, bufsize=1) as program:
                    for mode in ("forward", "train"):
                        compare(f"{name:6} B={batch:<3} {mode:8}", model, inputs, program, mode, arguments.rounds)
                    program.stdin.close()


def compare(title, model, inputs, program, mode, rounds):
    theirs, ours = [], []
    for _ in range(rounds + 2):
        theirs.append(timed(model, inputs, mode == "train"))
        print(mode, file=program.stdin, flush=True)
        ours.append(tuple(map(float, program.stdout.readline().split())))
    assert abs(ours[0][2] - theirs[0][2]) < 1e-5 * abs(theirs[0][2]), "the losses differ"
    wall = [statistics.median(t[0] for t in times[2:]) * 1e3 for times in (ours, theirs)]
    cpu = [statistics.median(t[1] for t in times[2:]) * 1e3 for times in (ours, theirs)]
    print(f"{title} ours {cpu[0]:8.2f} ({wall[0]:8.2f})  diffusers {cpu[1]:8.2f} ({wall[1]:8.2f})  "
          f"ratio {cpu[0] / cpu[1]:.3f} ({wall[0] / wall[1]:.3f})", flush=True)


if __name__ == "__main__":
    main()
