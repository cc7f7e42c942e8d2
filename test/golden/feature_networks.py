"""Reference numbers for the networks of libcore/eval/features, with weights that need no file (modelscope.made_weight).

Writes feature_networks/expected.safetensors, f32:
  resize.<i>              [3, 4, 4] of the whole: every 16th row and column of frames resized to 64 x 64 by torch
  resnet18.<i>            [2, 512] torchvision's resnet18 behind the average pool
  efficientnet_lite0.<i>  [2, 1280] efficientnet-lite-pytorch's, likewise
  lpips.<i>               [2] lpips' LPIPS(net="alex") between frames and others; smaller ones enlarged to a side of 128
  i3d                     [400] cd-fvd's InceptionI3d on a clip
Frames are drawn as test/unit/eval/features/networks_test.cpp draws them. Versions: test/golden/requirements.txt.
"""
import pathlib

import lpips
import numpy as np
import torch
import torchvision
from cdfvd.third_party.i3d.pytorch_i3d import InceptionI3d
from cdfvd.third_party.i3d.utils import preprocess_i3d
from efficientnet_lite_pytorch import EfficientNet
from modelscope import made_weight
from safetensors.torch import save_file

SIZES = [(64, 64), (100, 60), (256, 256)]
MEAN, DEVIATION = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def fill(model, published=lambda name: name):
    """Gives every parameter and statistic its made weight; variances are about 1."""
    state = model.state_dict()
    for name, old in state.items():
        if not old.is_floating_point() or name.startswith("scaling_layer"):
            continue
        made = made_weight(published(name), old.shape)
        state[name] = made + 1 if name.endswith("running_var") else made.abs() if ".model.1." in name else made
    model.load_state_dict(state)
    return model.eval()


def frames(name, count, height, width):
    """u8 [N, H, W, 3]"""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 % 2**32
    return torch.empty(count, height, width, 3).uniform_(0, 256, generator=torch.Generator().manual_seed(seed)).floor().to(torch.uint8)


def resized(x, size):
    return torch.nn.functional.interpolate(x.permute(0, 3, 1, 2).float(), size=size, mode="bilinear", align_corners=False, antialias=False)


def alexnet_name(name):
    """lpips cuts torchvision's AlexNet into slices and gives each head twice."""
    parts = name.split(".")
    if parts[0] == "net":
        return ".".join(["features", *parts[2:]])
    return ".".join([f"lin{parts[1]}", *parts[2:]]) if parts[0] == "lins" else name


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    folder = pathlib.Path(__file__).with_suffix("")
    folder.mkdir(exist_ok=True)
    resnet = fill(torchvision.models.resnet18(weights=None))
    resnet.fc = torch.nn.Identity()
    lite = fill(EfficientNet.from_name("efficientnet-lite0"))
    distance = fill(lpips.LPIPS(pretrained=False, net="alex", pnet_rand=True, verbose=False), alexnet_name)
    i3d = fill(InceptionI3d(400, in_channels=3))
    out = {}
    for i, (height, width) in enumerate(SIZES):
        x, y = frames(f"a{i}", 2, height, width), frames(f"b{i}", 2, height, width)
        out[f"resize.{i}"] = resized(x, (64, 64))[0, :, ::16, ::16].contiguous()
        small = (resized(x, (224, 224)) / 255 - MEAN) / DEVIATION
        out[f"resnet18.{i}"] = resnet(small)
        out[f"efficientnet_lite0.{i}"] = lite.extract_features(small).mean((2, 3))
        factor = max(1, 128 / min(height, width))
        size = (round(height * factor), round(width * factor))
        out[f"lpips.{i}"] = distance(*(resized(z, size) / 127.5 - 1 for z in (x, y))).flatten()
    out["i3d"] = i3d(preprocess_i3d(frames("clip", 16, 64, 64)[None].numpy()))[0]
    for name, value in out.items():
        assert value.isfinite().all() and value.abs().max() > 1e-3, name
        print(name, list(value.shape), float(value.abs().max()))
    save_file(out, folder / "expected.safetensors")


if __name__ == "__main__":
    main()
