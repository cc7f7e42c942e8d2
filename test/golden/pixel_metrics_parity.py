"""svg-eval metrics beside scikit-image and PySceneDetect, on walks that svg-world draws and copies of them, damaged and spliced.

    pixel_metrics_parity.py BIN [EPISODES]      BIN: the folder with the executables

Prints the largest difference of each number; exit status 1 where one is beyond what libcore/eval/pixels promises.
Versions: test/golden/requirements.txt.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy as np
from scenedetect import AdaptiveDetector, ContentDetector, FrameTimecode
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

GAUSSIAN = dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def damaged(frames, others, random):
    """A blur that grows, noise, and for a while another walk in false colours: what a model does to a video, exaggerated."""
    out = frames.copy()
    for t in range(len(out)):
        blur = 1 + 2 * (t // 24)
        noise = random.normal(0, 4, out[t].shape)
        out[t] = np.clip(cv2.GaussianBlur(out[t], (blur, blur), 0) + noise, 0, 255).round()
    third = len(out) // 3
    out[third:third + 20] = 255 - others[third:third + 20]
    return out


def cuts(frames, detector):
    found, scores = [], []
    for t, frame in enumerate(frames):
        found += detector.process_frame(FrameTimecode(t, 10.0), np.ascontiguousarray(frame[..., ::-1]))
        scores.append(detector._frame_score)
    return len(found), scores


def main(binaries, episodes):
    random = np.random.default_rng(7)
    worst = {}

    def compare(name, ours, theirs):
        worst[name] = max(worst.get(name, 0), abs(ours - theirs))

    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        true, made = scratch / "true", scratch / "made"
        subprocess.run([binaries / "svg-world", "dataset", "-q", "--profile", "view", "--episodes", str(episodes), "--chunks", "24", "-o", true],
                       check=True)
        rows = lines(true / "episodes.jsonl")
        made.mkdir()
        walks = {}
        for row in rows:
            shape = (row["n"], row["h"], row["w"], 3)
            offset = row.get("video_offset", 0)
            walks[row["ep"]] = np.fromfile(true / row["video"], np.uint8, count=int(np.prod(shape)), offset=offset).reshape(shape)
        copies = {}
        for i, row in enumerate(rows):
            others = walks[rows[(i + 1) % len(rows)]["ep"]]
            copies[row["ep"]] = damaged(walks[row["ep"]], others, random)
            copies[row["ep"]].tofile(made / f"{i}.rgb")
        with open(made / "episodes.jsonl", "w") as out:
            for i, row in enumerate(rows):
                out.write(json.dumps(dict(ep=row["ep"], domain="copy", split=row["split"], fps=row["fps"], n=row["n"], h=row["h"], w=row["w"],
                                          video=f"{i}.rgb")) + "\n")
        with open(made / "chunks.jsonl", "w") as out:
            for row in lines(true / "chunks.jsonl"):
                out.write(json.dumps({key: row[key] for key in ("ep", "k", "in", "out", "text")}) + "\n")
        subprocess.run([binaries / "svg-eval", "metrics", "-q", "--threads", "1", "-j", "2", "--reference", true, "--generated", made, "--metrics",
                        "psnr_v1,ssim_v1,ssim_gauss_v1,scuts_content_v1,scuts_adaptive_v1", "-o", scratch / "out"], check=True,
                       stdout=subprocess.DEVNULL)
        frames = lines(scratch / "out" / "frames.jsonl")
        found = 0
        for row in lines(scratch / "out" / "videos.jsonl"):
            ours = [f for f in frames if f["video"] == row["video"]]
            a, b = walks[row["video"]], copies[row["video"]]
            assert len(ours) == len(a) == row["frames"], row
            content, scores = cuts(b, ContentDetector())
            for t, frame in enumerate(ours):
                compare("psnr_v1", frame["psnr"], peak_signal_noise_ratio(a[t], b[t], data_range=255))
                compare("ssim_v1", frame["ssim"], structural_similarity(a[t], b[t], channel_axis=-1, data_range=255))
                compare("ssim_gauss_v1", frame["ssim_gauss"], structural_similarity(a[t], b[t], channel_axis=-1, data_range=255, **GAUSSIAN))
                if t > 0:
                    compare("content score", frame["content"], scores[t])
            compare("scuts_content_v1", row["scuts_content"], content)
            compare("scuts_adaptive_v1", row["scuts_adaptive"], cuts(b, AdaptiveDetector())[0])
            compare("scuts_content_v1 of the reference", row["scuts_content_reference"], cuts(a, ContentDetector())[0])
            compare("scuts_adaptive_v1 of the reference", row["scuts_adaptive_reference"], cuts(a, AdaptiveDetector())[0])
            found += content
    print(f"{len(rows)} videos, {len(frames)} frames, {found} content cuts")
    for name, difference in worst.items():
        print(f"{name}: largest difference {difference:.3g}")
    return 1 if max(worst.values()) > 1e-9 else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 4))
