"""Reads formats/lora-delta.md; a safetensors file that holds none is described as it is."""
import re
import struct

from .common import need, parse_json
from .tensor_file import read_safetensors

ENDINGS = [(".lora_A.weight", "a"), (".lora_B.weight", "b"), (".lora_A.default.weight", "a"), (".lora_B.default.weight", "b"),
           (".lora.down.weight", "a"), (".lora.up.weight", "b"), (".lora_down.weight", "a"), (".lora_up.weight", "b"), (".alpha", "alpha")]
NAMES = ["transformer_in", "transformer_blocks", "temp_attentions", "temp_convs", "down_blocks", "up_blocks", "mid_block", "attentions",
         "resnets", "downsamplers", "upsamplers", "time_embedding", "time_emb_proj", "add_embedding", "linear_1", "linear_2",
         "conv_shortcut", "conv_norm_out", "conv_in", "conv_out", "conv1", "conv2", "conv3", "conv4", "conv", "proj_in", "proj_out",
         "input_blocks", "middle_block", "output_blocks", "in_layers", "out_layers", "emb_layers", "skip_connection", "temopral_conv",
         "time_embed", "op", "out", "proj", "attn1", "attn2", "to_q", "to_k", "to_v", "to_out", "ff", "net", "norm", "nonlinearity", r"\d+"]


TEXT_ENCODERS = ("text_encoder.", "text_encoder_2.", "text_encoders.", "lora_te_", "lora_te1_", "lora_te2_", "cond_stage_model.", "conditioner.",
                 "base_model.model.text_model.")


def lora_key(name):
    """(module, part) of a tensor's name, or None."""
    if name.startswith(TEXT_ENCODERS):
        return None
    kohya = name.startswith("lora_unet_")
    path = re.sub(r"^(lora_unet_|base_model\.model\.|(model\.)?diffusion_model\.|unet\.)", "", name)
    old = re.fullmatch(r"(.+)\.processor\.(\w+)_lora\.(up|down)\.weight", path)
    if old:
        target = "to_out.0" if old[2] == "to_out" else old[2]
        return f"{old[1]}.{target}", "b" if old[3] == "up" else "a"
    for ending, part in ENDINGS:
        if not path.endswith(ending) or path == ending:
            continue
        module = path[: -len(ending)]
        if not kohya:
            return module, part
        parts = []
        while module:
            match = re.match("(" + "|".join(NAMES) + ")(_|$)", module)
            if not match:
                return None
            parts.append(match[1])
            module = module[match.end():]
        return ".".join(parts), part
    return None


def scalar(tensor):
    raw = tensor.data
    if tensor.dtype == "BF16":
        return struct.unpack("<f", b"\0\0" + raw)[0]
    codes = {"F64": "d", "F32": "f", "F16": "e", "I64": "q", "I32": "i", "I16": "h", "I8": "b", "U64": "Q", "U32": "I", "U16": "H", "U8": "B"}
    need(tensor.dtype in codes, f"{tensor.name}: dtype")
    return float(struct.unpack("<" + codes[tensor.dtype], raw)[0])


def alpha_in_metadata(metadata):
    """The alpha that some writers leave in the metadata, or None."""
    for key in ("lora_alpha", "network_alpha", "ss_network_alpha", "alpha"):
        if metadata.get(key) not in (None, "None", "null"):
            return float(metadata[key])
    return None


def delta_facts(metadata, tensors, where):
    ours = any(k.startswith("svg.") and not k.startswith("svg.digest") for k in metadata)
    info = {"base": "", "rank": 0, "alpha": 0.0, "targets": []}
    if ours:
        for key in ("format", "base", "rank", "alpha", "targets", "provenance", "digest"):
            need("svg." + key in metadata, f"{where}: svg.{key} is missing")
        need(metadata["svg.format"] == "svg-lora/1", f"{where}: format")
        info = {"base": metadata["svg.base"], "rank": int(metadata["svg.rank"]), "alpha": float(metadata["svg.alpha"]),
                "targets": parse_json(metadata["svg.targets"], where)}
    modules = {}
    for name, tensor in tensors.items():
        tensor.check_finite(where)
        if not ours and name.startswith(TEXT_ENCODERS):
            continue
        key = lora_key(name)
        need(key, f"{where}: {name}: not a LoRA key")
        parts = modules.setdefault(key[0], {})
        need(key[1] not in parts, f"{where}: {name}: twice")
        parts[key[1]] = tensor
    layers = {}
    for module, parts in sorted(modules.items()):
        need("a" in parts and "b" in parts, f"{where}: {module}: incomplete")
        a, b = parts["a"], parts["b"]
        need(len(a.shape) >= 2 and len(b.shape) == len(a.shape) and a.shape[0] == b.shape[1] > 0, f"{where}: {module}: shapes")
        need(0 not in a.shape and 0 not in b.shape, f"{where}: {module}: empty")
        need(a.shape[0] <= 4096, f"{where}: {module}: rank")
        need(a.dtype == b.dtype and a.dtype in ("F32", "F16", "BF16"), f"{where}: {module}: dtypes")
        need(not ours or a.shape[0] == info["rank"], f"{where}: {module}: rank")
        said = None if ours else alpha_in_metadata(metadata)
        alpha = scalar(parts["alpha"]) if "alpha" in parts else info["alpha"] if ours else float(a.shape[0]) if said is None else said
        layers[module] = {"alpha": alpha, "a": a.facts(), "b": b.facts()}
    if not ours and layers:
        first = next(iter(layers.values()))
        info["rank"], info["alpha"] = first["a"]["shape"][0], first["alpha"]
    return {"type": "lora-delta", "ours": ours, **info, "layers": layers}


def tensor_file_facts(path):
    metadata, tensors = read_safetensors(path)
    keys = [lora_key(name) for name in tensors]
    if "svg.rank" in metadata or any(k and k[1] != "alpha" for k in keys):
        return delta_facts(metadata, tensors, path)
    for tensor in tensors.values():
        tensor.check_finite(path)
    return {"type": "safetensors", "metadata": metadata, "tensors": {n: t.facts() for n, t in tensors.items()}}
