"""Reference numbers for libcore/eval/pixels/warp_error.h: NumPy doing what StreamingT2V's mawe.py does with a flow that is given.

Writes flow_metrics/warps.safetensors: "<i>.from", ".to" u8 [H, W, 3]; ".flow" f32 [2, H, W]; ".expected" f64: warp error, mean motion, mean of the
fastest 5 %.

Pixels land by assignment to a grid of their coordinates, the last one on top, and the frame is sampled through that grid; what nothing landed on is
left out. Hidden pixels (NaN; the reference's flow has none) land nowhere and count for no mean. Versions: test/golden/requirements.txt.
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).resolve().parent / "flow_metrics"
HERE.mkdir(exist_ok=True)
random = np.random.default_rng(20262)


def expected(a, b, flow):
    h, w = a.shape[:2]
    grid = np.stack(np.meshgrid(np.arange(w), np.arange(h))).astype(np.float32)
    with np.errstate(invalid="ignore"):
        landing = np.round(grid + flow)
    inside = np.isfinite(flow).all(0) & (landing[0] >= 0) & (landing[1] >= 0) & (landing[0] < w) & (landing[1] < h)
    x, y = landing[:, inside].astype(np.int64)
    source, known = grid.copy(), np.zeros((h, w), bool)
    source[:, y, x] = grid[:, inside]
    known[y, x] = True
    warped = a[source[1].astype(np.int64), source[0].astype(np.int64)].astype(np.float64)
    error = ((b - warped) ** 2)[known].mean() if known.any() else 0.0
    lengths = np.linalg.norm(flow.astype(np.float64), axis=0)[np.isfinite(flow).all(0)]
    if not lengths.size:
        return np.array([error, 0.0, 0.0])
    return np.array([error, lengths.mean(), np.sort(lengths)[::-1][:max(1, int(lengths.size * 0.05))].mean()])


def frame(h, w):
    return random.integers(0, 256, (h, w, 3), dtype=np.uint8)


def flow(h, w, scale):
    return random.normal(0, scale, (2, h, w)).astype(np.float32)


shift = np.zeros((2, 9, 14), np.float32)
shift[0], shift[1] = 3, -2
halves = (random.integers(-9, 10, (2, 16, 16)) / 2).astype(np.float32)  # landings halfway between pixels
torn = flow(20, 24, 3)
torn[:, random.random((20, 24)) < 0.3] = np.nan
torn[0, 3, 3] = np.nan
scene = frame(9, 14)
cases = [(frame(8, 8), frame(8, 8), flow(8, 8, 0.4)), (frame(30, 20), frame(30, 20), flow(30, 20, 2)), (frame(17, 33), frame(17, 33), flow(17, 33, 40)),
         (scene, np.roll(scene, (-2, 3), (0, 1)), shift), (frame(16, 16), frame(16, 16), halves), (frame(20, 24), frame(20, 24), torn),
         (frame(6, 7), frame(6, 7), np.full((2, 6, 7), 1e6, np.float32)), (frame(6, 7), frame(6, 7), np.full((2, 6, 7), np.nan, np.float32)),
         (scene, scene, np.zeros((2, 9, 14), np.float32))]
out = {}
for i, (a, b, f) in enumerate(cases):
    out |= {f"{i}.from": a, f"{i}.to": b, f"{i}.flow": f, f"{i}.expected": expected(a, b, f)}
assert out["3.expected"][0] == 0 and out["6.expected"][0] == 0
save_file(out, HERE / "warps.safetensors")
