"""Checks that diffusers' own pipeline makes from a model directory of ours what svg-generate and svg-decode make from it.

    python test/golden/pipeline_parity.py build/release/bin examples/models/maze-tiny

diffusers.TextToVideoSDPipeline knows no past, so each window is made whole: svg-generate --past 0, with the starting noise given (--draws).
Exits 1 if a component does not load, or the latents differ by more than 1e-4 of their largest number, or a pixel by more than one step.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
from diffusers import TextToVideoSDPipeline
from PIL import Image

from second_reader.latent_stream import headers_of_stream
from streams import draws_stream, latents_of

# A chunk each: the action, and the guidance scale (1: none; the pipeline takes numbers below or equal to 1 as that).
CHUNKS = [("turn left", 1.0), ("Walk forward, then turn right 90!", 1.0), ("turn left", 4.5), ("", 4.5)]


def ours(bin_folder, model, folder, noise, steps, action, guidance):
    """Latents [F, C, h, w] and pixels [F, H, W, 3] of one window."""
    def tool(name, *options):
        command = [bin_folder / name, "--model", model, "--threads", "1", "-q", *options]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout

    start = tool("svg-encode", folder / "start.png")
    (folder / "start.latents").write_bytes(start)
    (folder / "draws").write_bytes(draws_stream(next(headers_of_stream(start)), {1: {"noise": noise}}))
    (folder / "actions").write_text(json.dumps({"action": action}) + "\n")
    made = tool("svg-generate", "--no-fast", "--past", "0", "--future", str(len(noise)), "--sampler", "ddim", "--steps", str(steps),
                "--guidance", str(guidance), "--draws", folder / "draws", "--only-generated", "--actions", folder / "actions",
                folder / "start.latents")
    (folder / "made.latents").write_bytes(made)
    tool("svg-decode", folder / "made.latents", "-o", folder / "%05d.png")
    pixels = [numpy.asarray(Image.open(path).convert("RGB")) for path in sorted(folder.glob("0*.png"))]
    return latents_of(made), numpy.stack(pixels)


def main():
    bin_folder, model = map(pathlib.Path, sys.argv[1:])
    pipeline = TextToVideoSDPipeline.from_pretrained(model, dtype=torch.float32)
    side = pipeline.unet.config.sample_size * pipeline.vae_scale_factor
    settings = dict(height=side, width=side, steps=10, past=0, future=4)  # of a directory that was not made by our tools
    if (model / "svg.json").exists():
        settings |= json.loads((model / "svg.json").read_text())
    height, width, steps = settings["height"], settings["width"], settings["steps"]
    frames = settings["past"] + settings["future"]
    pipeline.set_progress_bar_config(disable=True)
    torch.set_num_threads(1)
    torch.manual_seed(3)
    failed = False
    for action, guidance in CHUNKS:
        factor = pipeline.vae_scale_factor
        noise = torch.randn(frames, pipeline.unet.config.in_channels, height // factor, width // factor)
        theirs = pipeline(action, height, width, frames, steps, guidance, latents=noise.transpose(0, 1)[None].contiguous(),
                          output_type="latent").frames
        with torch.no_grad():
            video = pipeline.decode_latents(theirs)  # [1, 3, F, H, W], -1 ... 1
        wanted = ((video[0].permute(1, 2, 3, 0) + 1) * 127.5).clamp(0, 255).numpy()
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            Image.new("RGB", (width, height), (90, 120, 60)).save(folder / "start.png")
            latents, pixels = ours(bin_folder, model, folder, noise, steps, action, guidance)
        theirs = theirs[0].transpose(0, 1)
        error = ((latents - theirs).abs().max() / theirs.abs().max()).item()
        apart = numpy.abs(pixels - wanted).max()
        good = error < 1e-4 and apart <= 1
        failed = failed or not good
        print(f"{action!r}, guidance {guidance}: latents differ by {error:.1e}, pixels by {apart:.2f} of 255" + ("" if good else "  TOO MUCH"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
