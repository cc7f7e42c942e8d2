"""Reference tensors for libcore/model/clip_text from transformers' CLIPTextModel.

Writes, per case, clip_text/<case>/: config.json and model.safetensors as transformers saves them, and expected.safetensors: ids, the
last hidden state, and the gradients of a loss for all parameters.
"""
import pathlib

import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel

HERE = pathlib.Path(__file__).resolve().parent / "clip_text"
CASES = {
    "quick_gelu": dict(vocab_size=40, hidden_size=24, intermediate_size=20, num_hidden_layers=2, num_attention_heads=3,
                       max_position_embeddings=9, projection_dim=8, bos_token_id=38, eos_token_id=39, pad_token_id=0),
    # as transformers 4 saved it, with a buffer that it once kept
    "old_names": dict(vocab_size=11, hidden_size=8, intermediate_size=12, num_hidden_layers=1, num_attention_heads=1,
                 max_position_embeddings=5, projection_dim=8, hidden_act="gelu", layer_norm_eps=1e-3, bos_token_id=9,
                 eos_token_id=10),
}

for case, settings in CASES.items():
    torch.manual_seed(0)
    model = CLIPTextModel(CLIPTextConfig(**settings)).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.3 * torch.randn_like(p))
    length = settings["max_position_embeddings"] - (case == "quick_gelu")
    ids = torch.randint(settings["vocab_size"], (3, length))
    hidden = model(ids).last_hidden_state
    target = torch.randn_like(hidden)
    loss = (hidden - target).square().mean()
    loss.backward()
    folder = HERE / case
    model.save_pretrained(folder)
    # The names of transformers 4, which ours are; version 5 saves and knows them without the first part.
    named = {f"text_model.{n}": p for n, p in model.named_parameters()}
    expected = {"ids": ids, "hidden": hidden.detach(), "target": target, "loss": loss.detach()}
    save_file(expected | {f"grad.{n}": p.grad for n, p in named.items()}, folder / "expected.safetensors")
    if case == "old_names":
        weights = {n: p.detach() for n, p in named.items()}
        weights["text_model.embeddings.position_ids"] = torch.arange(length)[None]
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        again = CLIPTextModel.from_pretrained(folder)(ids).last_hidden_state
        assert torch.equal(again, hidden)
