"""svg-eval metrics --weights-dir beside torchvision, lpips, cd-fvd and scipy, on walks that svg-world draws and damaged copies of them.

    feature_networks_parity.py BIN      BIN: the folder with the executables

Checkpoints with random weights, saved by torch, go through examples/weights/convert.py. Prints the largest difference of each number, as a share of the
number; exit status 1 where one is beyond 1e-4. Versions: test/golden/requirements.txt.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import lpips
import numpy as np
import scipy.linalg
import torch
import torchvision
from cdfvd.third_party.i3d.pytorch_i3d import InceptionI3d
from cdfvd.third_party.i3d.utils import preprocess_i3d
from feature_networks import DEVIATION, MEAN, alexnet_name, fill, resized

ROOT = pathlib.Path(__file__).resolve().parents[2]


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def frechet(a, b):
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    return np.square(a.mean(0) - b.mean(0)).sum() + np.trace(s) + np.trace(t) - 2 * np.trace(scipy.linalg.sqrtm(s @ t)).real


def convert(scratch, network, state):
    torch.save(state, scratch / "checkpoint.pth", _use_new_zipfile_serialization=network != "resnet18")
    subprocess.run([sys.executable, ROOT / "examples/weights/convert.py", network, scratch / "checkpoint.pth", "-o", scratch / "weights"], check=True,
                   stdout=subprocess.DEVNULL)


@torch.no_grad()
def main(binaries):
    torch.set_num_threads(1)
    random = np.random.default_rng(7)
    resnet, i3d = fill(torchvision.models.resnet18(weights=None)), fill(InceptionI3d(400, in_channels=3))
    distance = fill(lpips.LPIPS(pretrained=False, net="alex", pnet_rand=True, verbose=False), alexnet_name)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        state = {alexnet_name(name): value for name, value in distance.state_dict().items() if not name.startswith("scaling_layer")}
        convert(scratch, "resnet18", resnet.state_dict())
        convert(scratch, "i3d", i3d.state_dict())
        convert(scratch, "alexnet", {name: value for name, value in state.items() if name.startswith("features")})
        convert(scratch, "lpips_alex", {name: value for name, value in state.items() if name.startswith("lin")})
        resnet.fc = torch.nn.Identity()
        true, made = scratch / "true", scratch / "made"
        subprocess.run([binaries / "svg-world", "dataset", "-q", "--profile", "view", "--script", "turn-around", "--split", "test", "--episodes", "2", "--chunks", "10", "-o", true],
                       check=True)
        made.mkdir()
        rows, walks, copies, returns = lines(true / "episodes.jsonl"), {}, {}, {}
        for i, row in enumerate(rows):
            shape = (row["n"], row["h"], row["w"], 3)
            walk = np.fromfile(true / row["video"], np.uint8, count=int(np.prod(shape)), offset=row.get("video_offset", 0)).reshape(shape)
            chunks = [c for c in lines(true / "chunks.jsonl") if c["ep"] == row["ep"]]
            shown = [t for c in sorted(chunks, key=lambda c: c["k"]) for t in range(*c["out"])]
            visits = [v for c in chunks for v in c.get("visits") or [] if v["ord"] >= 2 and v["first"] in shown and v["frame"] in shown]
            returns[row["ep"]] = [(v["place"], shown.index(v["first"]), shown.index(v["frame"])) for v in visits]
            walk = walk[shown]
            copy = np.clip(walk + random.normal(0, 30, walk.shape), 0, 255).round().astype(np.uint8)
            copy.tofile(made / f"{i}.rgb")
            walks[row["ep"]], copies[row["ep"]] = torch.from_numpy(walk), torch.from_numpy(copy)
        (made / "episodes.jsonl").write_text("".join(json.dumps(dict(
            ep=row["ep"], domain="copy", split=row["split"], fps=row["fps"], n=len(walks[row["ep"]]), h=row["h"], w=row["w"], video=f"{i}.rgb")) + "\n"
            for i, row in enumerate(rows)))
        (made / "chunks.jsonl").write_text("".join(json.dumps(dict(
            ep=ep, k=k, **{"in": [max(0, k * 16 - 16), k * 16]}, out=[k * 16, min(len(walk), k * 16 + 16)], text="x")) + "\n"
            for ep, walk in walks.items() for k in range((len(walk) + 15) // 16)))
        subprocess.run([binaries / "svg-eval", "metrics", "-q", "--threads", "1", "--reference", true, "--generated", made, "--metrics", "lpips,src,fvd",
                        "--weights-dir", scratch / "weights", "-o", scratch / "out"], check=True, stdout=subprocess.DEVNULL)
        worst = {}

        def compare(name, ours, theirs):
            worst[name] = max(worst.get(name, 0), abs(ours - theirs) / abs(theirs))

        frames, features = lines(scratch / "out" / "frames.jsonl"), ([], [])
        for row in lines(scratch / "out" / "videos.jsonl"):
            walk, copy = walks[row["video"]], copies[row["video"]]
            ours = [f["lpips"] for f in frames if f["video"] == row["video"]]
            assert len(ours) == len(walk)
            for t in range(0, len(walk), 8):
                a, b = (resized(x[t:t + 8], (128, 128)) / 127.5 - 1 for x in (copy, walk))
                for value, expected in zip(ours[t:t + 8], distance(a, b).flatten().tolist()):
                    compare("lpips", value, expected)
            phi = {t: resnet((resized(copy[t:t + 1], (224, 224)) / 255 - MEAN) / DEVIATION)[0].double() for t in
                   {t for _, *pair in returns[row["video"]] for t in pair}}
            places = {}
            for place, first, again in returns[row["video"]]:
                places.setdefault(place, []).append(torch.cosine_similarity(phi[first], phi[again], dim=0).item())
            compare("src", row["src"], 100 * np.mean([np.mean(p) for p in places.values()]))
            for t in range(0, len(walk) - 15, 16):
                for x, to in zip((copy, walk), features):
                    to.append(i3d(preprocess_i3d(x[t:t + 16][None].numpy()))[0].double().numpy())
        totals = {row["metric"]: row for row in lines(scratch / "out" / "metrics.jsonl") if row["bucket"] == "all"}
        compare("fvd", totals["fvd"]["value"], frechet(*map(np.stack, features)))
        assert totals["fvd"]["n"] == len(features[0])
        print(", ".join(row["profile"] for row in totals.values()), f"of {len(walks)} videos, {len(frames)} frames")
    for name, difference in worst.items():
        print(f"{name}: largest difference {difference:.3g}")
    return 1 if max(worst.values()) > 1e-4 else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
