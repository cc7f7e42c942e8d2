"""Checks svg-fastlearn, in any configuration, against diffusers' UNet, PEFT's LoRA and torch.optim.Adam on a stream of any model.

    python test/golden/fast_learning_parity.py build/release/bin MODEL STREAM [--chunks N] [-- FLAGS OF svg-fastlearn]

Both learn the first N chunks one after the other, from the same LoRA and the same draws (--draws). The mean loss of a chunk's steps may differ by
1e-5 of itself, A and B after each chunk by 2e-3 of the size of their change. Windows that svg-fastlearn draws from the seed (--fast-source all,
--fast-reverse, --fast-past-noise) are not in a draws file: they are turned off. Exits 1 if anything differs by more.
"""
import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import torch
from diffusers import DDPMScheduler, UNet3DConditionModel
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import CLIPTextModel, CLIPTokenizer

from fast_learning import window_loss
from second_reader.latent_stream import headers_of_stream
from streams import all_latents, draws_stream

WITHOUT_SEED = ["--fast-source", "local", "--fast-reverse", "0", "--fast-past-noise", "0"]
LOSS, CHANGE = 1e-5, 2e-3


def fastlearn(bin_folder, model, memory, stream, flags):
    command = [bin_folder / "svg-fastlearn", "--model", model, "--memory", memory, "--threads", "1", "-q", "--json", *WITHOUT_SEED, *flags]
    out = subprocess.run(command, input=stream, check=True, stdout=subprocess.PIPE).stdout
    return [json.loads(line) for line in out.splitlines()]


class Reference:
    def __init__(self, folder, settings, first):
        self.s = settings
        self.schedule = DDPMScheduler.from_pretrained(folder, subfolder="scheduler")
        self.tokenizer = CLIPTokenizer.from_pretrained(folder, subfolder="tokenizer")
        self.encoder = CLIPTextModel.from_pretrained(folder, subfolder="text_encoder").eval()
        layers = [key[len("base_model.model."):-len(".lora_A.weight")] for key in first if key.endswith(".lora_A.weight")]
        config = LoraConfig(r=settings["rank"], lora_alpha=settings["alpha"] or settings["rank"], target_modules=layers)
        self.model = get_peft_model(UNet3DConditionModel.from_pretrained(folder, subfolder="unet").eval(), config)
        assert not set_peft_model_state_dict(self.model, first).unexpected_keys
        self.trained = [p for p in self.model.parameters() if p.requires_grad]
        self.adam = torch.optim.Adam(self.trained, lr=settings["lr"])

    @torch.no_grad()
    def words(self, action):
        with_text = self.s["text"] == "on" or (self.s["text"] == "auto" and self.s["objective"] == "input-output")
        tokens = self.tokenizer(action if with_text else "", padding="max_length", truncation=True,
                                max_length=self.encoder.config.max_position_embeddings, return_tensors="pt").input_ids
        return self.encoder(tokens).last_hidden_state

    def rate(self, step):
        if self.s["lr_schedule"] == "constant":
            return self.s["lr"]
        return self.s["lr"] * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / max(1, self.s["steps"]))))

    def learn(self, past, chunk, action, draws):
        """The mean loss of the steps."""
        if self.s["optimizer"] == "reset":
            self.adam = torch.optim.Adam(self.trained, lr=self.s["lr"])
        with torch.no_grad():
            for name, p in self.model.named_parameters():
                if "lora_B" in name:
                    p.mul_(1 - self.s["decay"])
        words, losses, n = self.words(action), [], self.s["batch"]
        for step in range(self.s["steps"]):
            self.adam.param_groups[0]["lr"] = self.rate(step)
            mine = slice(step * n, (step + 1) * n)
            loss = window_loss(self.model, self.schedule, self.s, past, chunk, words, draws["noise"][mine], draws["timesteps"][mine])
            self.adam.zero_grad()
            loss.backward()
            self.adam.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)

    def weights(self):
        return {k: v.detach().clone() for k, v in get_peft_model_state_dict(self.model).items()}


def flat(weights, names):
    return torch.cat([weights[name].flatten().float() for name in names])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bin", type=pathlib.Path, help="folder of the executables")
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("stream", type=pathlib.Path)
    parser.add_argument("--chunks", type=int, default=3, help="chunks that are learned, after the first, which has no past")
    mine = sys.argv[1:]
    split = mine.index("--") if "--" in mine else len(mine)
    o, flags = parser.parse_args(mine[:split]), mine[split + 1:]
    torch.set_num_threads(1)
    data = o.stream.read_bytes()
    headers = list(headers_of_stream(data))
    chunks = [h for h in headers if h["kind"] == "chunk"][: o.chunks + 1]
    latents = [x.float() for x in all_latents(data)[: o.chunks + 1]]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        # No step fits into this budget: what it writes is the settings, and the LoRA that learning starts from.
        fastlearn(o.bin, o.model, folder / "start.memory", data, [*flags, "--learn-input", "--fast-budget", "0.000000001s"])
        info = json.loads((folder / "start.memory/memory.json").read_text())
        settings, past_frames = info["optimizer"], info["provenance"]["settings"]["past"]
        start = load_file(folder / "start.memory/rev/1.safetensors")
        reference = Reference(o.model, settings, start)
        torch.manual_seed(7)
        draws, frames = {}, torch.cat(latents)
        low, high = settings["timesteps"]
        windows, first = {}, 0
        for i, chunk in enumerate(latents):
            past = frames[max(0, first - past_frames): first]
            first += len(chunk)
            if i == 0:
                continue
            windows[i] = past
            noised = len(chunk) + (len(past) if settings["objective"] == "consecutive" else 0)
            k = settings["steps"] * settings["batch"]
            draws[i] = {"noise": torch.randn(k, noised, *chunk.shape[1:]), "timesteps": torch.randint(low, high, (k,))}
        (folder / "draws").write_bytes(draws_stream(headers[0], draws))
        lines = fastlearn(o.bin, o.model, folder / "ours.memory", data, [*flags, "--learn-input", "--draws", folder / "draws"])[: o.chunks]
        print("settings", json.dumps(settings))
        names, worst = sorted(start), [0.0, 0.0]
        for line, (i, past) in zip(lines, windows.items()):
            loss = reference.learn(past, latents[i], chunks[i]["action"], draws[i])
            theirs, ours = reference.weights(), load_file(folder / f"ours.memory/rev/{line['revision']}.safetensors")
            apart = (flat(ours, names) - flat(theirs, names)).norm() / (flat(theirs, names) - flat(start, names)).norm()
            off = abs(line["loss"] - loss) / loss
            worst = [max(worst[0], off), max(worst[1], apart.item())]
            print(f"chunk {i}: {line['steps']} steps, loss {line['loss']:.7f} / {loss:.7f} (apart {off:.1e}), A and B apart {apart:.1e} of their change")
        fits = len(lines) == len(windows) and worst[0] <= LOSS and worst[1] <= CHANGE
        print("agree" if fits else "DIFFER", f"loss {worst[0]:.1e} (at most {LOSS}), A and B {worst[1]:.1e} (at most {CHANGE})")
        return 0 if fits else 1


if __name__ == "__main__":
    sys.exit(main())
