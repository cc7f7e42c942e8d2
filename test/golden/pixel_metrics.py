"""Reference numbers for libcore/eval/pixels: scikit-image, PySceneDetect, OpenCV and NumPy on random pictures.

Writes pixel_metrics/:
  pairs.safetensors     "byte.<i>.a", ".b" u8 and "float.<i>.a", ".b" f32 [H, W, 3]; ".expected" f64: PSNR, SSIM, Gaussian SSIM (bytes: and
                        steadiness); "float.<i>.range" f64 [1]
  frames.safetensors    "<i>.frame" u8 [H, W, 3]; "<i>.expected" f64: saturation, mean and deviation of luminance, variance of the Laplacian
  scenes.safetensors    "<case>.frames" u8 [T, H, W, 3]; ".scores" f64 [T]; ".content", ".adaptive" u8 [T]: 1 where a cut is
  patterns.safetensors  the detectors on scores alone: "scores" f64 [P, T]; "content", "adaptive" u8 [P, T]
  series.safetensors    "<i>.values" f64 [N]; "<i>.expected" f64: slope, contrast of start and end
  hsv.sha256            of OpenCV's HSV bytes of all 2^24 colours, red slowest, blue fastest

Versions: test/golden/requirements.txt.
"""
import hashlib
import pathlib

import cv2
import numpy as np
from safetensors.numpy import save_file
from scenedetect import AdaptiveDetector, ContentDetector, FrameTimecode
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

HERE = pathlib.Path(__file__).resolve().parent / "pixel_metrics"
HERE.mkdir(exist_ok=True)
random = np.random.default_rng(20261)


def noise(h, w):
    return random.integers(0, 256, (h, w, 3), dtype=np.uint8)


def smooth(h, w, least=0, most=255):
    """A few large blots: what pictures look like to a window of seven pixels."""
    coarse = random.uniform(least, most, (4, 4, 3)).astype(np.float32)
    return np.clip(cv2.resize(coarse, (w, h), interpolation=cv2.INTER_CUBIC), 0, 255).round().astype(np.uint8)


def near(frame, deviation):
    return np.clip(frame + random.normal(0, deviation, frame.shape), 0, 255).round().astype(np.uint8)


def ssim(a, b, data_range, gaussian):
    if min(a.shape[:2]) < (11 if gaussian else 7):
        return -2.0  # too small: an error of ours
    extra = dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False) if gaussian else {}
    return float(structural_similarity(a, b, channel_axis=-1, data_range=data_range, **extra))


def quality(a, b, data_range):
    return [float(peak_signal_noise_ratio(a, b, data_range=data_range)), ssim(a, b, data_range, False), ssim(a, b, data_range, True)]


def pairs():
    out = {}
    grey = np.full((17, 19, 3), 90, np.uint8)
    base = smooth(48, 64)
    cases = [(noise(7, 7), noise(7, 7)), (noise(11, 11), noise(11, 11)), (noise(8, 40), noise(8, 40)), (smooth(31, 23), smooth(31, 23)),
             (base, near(base, 3)), (base, near(base, 40)), (base, 255 - base), (grey, np.full_like(grey, 91)), (grey, near(grey, 0.4)),
             (noise(12, 13) // 128 * 255, noise(12, 13) // 128 * 255)]
    for i, (a, b) in enumerate(cases):
        steadiness = (255 - np.abs(a.astype(np.int64) - b).mean()) / 255
        out |= {f"byte.{i}.a": a, f"byte.{i}.b": b, f"byte.{i}.expected": np.array(quality(a, b, 255) + [steadiness])}
    for i, data_range in enumerate([1.0, 255.0, 2.0]):
        a = random.normal(0, 0.2, (21, 30, 3)).cumsum(0).cumsum(1).astype(np.float32)
        a = ((a - a.min()) / (a.max() - a.min()) * data_range).astype(np.float32)
        b = (a + random.normal(0, 0.05 * data_range, a.shape)).astype(np.float32)
        out |= {f"float.{i}.a": a, f"float.{i}.b": b, f"float.{i}.range": np.array([data_range]),
                f"float.{i}.expected": np.array(quality(a, b, data_range))}
    save_file(out, HERE / "pairs.safetensors")


def frames():
    out = {}
    for i, frame in enumerate([noise(40, 33), smooth(37, 50), near(smooth(16, 16), 10), np.full((9, 5, 3), 255, np.uint8), noise(1, 6), noise(6, 1),
                               noise(2, 2), noise(1, 1)]):
        saturation = cv2.cvtColor(frame, cv2.COLOR_RGB2HSV)[..., 1].mean()
        luminance = frame @ np.array([0.299, 0.587, 0.114])
        laplacian = cv2.Laplacian(luminance, cv2.CV_64F, ksize=1, borderType=cv2.BORDER_REFLECT_101)
        out |= {f"{i}.frame": frame, f"{i}.expected": np.array([saturation, luminance.mean(), luminance.std(), laplacian.var()])}
    save_file(out, HERE / "frames.safetensors")


def mask(cuts, count):
    out = np.zeros(count, np.uint8)
    out[[c.frame_num for c in cuts]] = 1
    return out


def detect(detector, pictures, fps=10):
    """Cuts and scores of frames [T, H, W, 3] RGB, or of scores [T] given as they are."""
    cuts, scores = [], []
    given = pictures.ndim == 1
    for t, picture in enumerate(pictures):
        if given:
            detector._calculate_frame_score = lambda timecode, image, score=float(picture): score
        bgr = np.zeros((2, 2, 3), np.uint8) if given else np.ascontiguousarray(picture[..., ::-1])
        cuts += detector.process_frame(FrameTimecode(t, float(fps)), bgr)
        scores.append(detector._frame_score)
    return mask(cuts, len(pictures)), np.array(scores, np.float64)


def cuts_of(pictures, fps=10):
    content, scores = detect(ContentDetector(), pictures, fps)
    adaptive, _ = detect(AdaptiveDetector(), pictures, fps)
    return {"content": content, "adaptive": adaptive, "scores": scores}


def scenes():
    h, w, count = 12, 16, 80
    pan = smooth(h, w + 3 * count)
    pan = np.stack([pan[:, 2 * t:2 * t + w] for t in range(count)])

    def spliced(at):
        scene, out = smooth(h, w), []
        for t in range(count):
            if t in at:
                scene = smooth(h, w)
            out.append(near(scene, 2))
        return np.stack(out)

    cases = {"noise": np.stack([noise(h, w) for _ in range(count)]), "pan": pan, "constant": np.repeat(smooth(h, w)[None], count, 0),
             "spliced": spliced({20, 37, 52, 70}), "bursts": spliced({3, 18, 20, 22, 25, 31, 50, 52, 53, 70, 77}), "short": spliced({2})[:5]}
    out = {}
    for name, pictures in cases.items():
        out |= {f"{name}.frames": pictures} | {f"{name}.{key}": value for key, value in cuts_of(pictures).items()}
    save_file(out, HERE / "scenes.safetensors")


def patterns():
    count, length = 40, 160
    scores = random.uniform(0, 12, (count, length))
    for row, share in zip(scores, np.linspace(0.01, 0.7, count)):
        peaks = random.random(length) < share
        row[peaks] = random.uniform(10, 120, peaks.sum())
    scores[:, 0] = 0
    scores[3:6, 40:90] = 0  # nothing moves: the adaptive ratio has no mean to divide by
    scores[4, 60] = scores[5, 61] = 80
    scores[7, 50], scores[8, 50] = 27, 15  # thresholds themselves count
    out = {"scores": scores}
    # The profile counts in frames: whatever the rate, PySceneDetect has to give the same.
    for fps in (10, 24, 30000 / 1001):
        found = [cuts_of(row, fps) for row in scores]
        for key in ("content", "adaptive"):
            cuts = np.stack([f[key] for f in found])
            assert (out.setdefault(key, cuts) == cuts).all(), (key, fps)
    save_file(out, HERE / "patterns.safetensors")


def series():
    out = {}
    for i, count in enumerate([2, 3, 7, 20, 101]):
        values = random.normal(20, 5, count) - np.arange(count) * 0.1
        share = max(1, int(count * 0.15))
        out |= {f"{i}.values": values, f"{i}.expected": np.array([np.polyfit(np.arange(count), values, 1)[0],
                                                                 abs(values[:share].mean() - values[-share:].mean())])}
    save_file(out, HERE / "series.safetensors")


def hsv():
    colors = np.arange(1 << 24, dtype=np.uint32)
    rgb = np.stack([colors >> 16, colors >> 8 & 255, colors & 255], -1).astype(np.uint8).reshape(4096, 4096, 3)
    (HERE / "hsv.sha256").write_text(hashlib.sha256(cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV).tobytes()).hexdigest() + "\n")


for make in (pairs, frames, scenes, patterns, series, hsv):
    make()
