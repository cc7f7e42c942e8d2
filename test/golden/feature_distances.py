"""Reference numbers for libcore/eval/features: distances between samples of features, and the return to a place.

Writes feature_distances/:
  samples.safetensors   "<case>.a" [n, D], ".b" [m, D] f32; ".expected" f64: Frechet distance (scipy's sqrtm), biased MMD of (<x, y>/D)^2 (videojedi's
                        mmd_poly), unbiased MMD of (<x, y>/D + 1)^3
  returns.safetensors   "features" f32 [F, D], "mean" f32 [D], "returns" i64 [N, 3]: place, first frame, later frame; "expected" f64: plain, centred

Versions: test/golden/requirements.txt.
"""
import importlib.util
import pathlib

import numpy as np
import scipy.linalg
from safetensors.numpy import save_file
from sklearn.metrics.pairwise import cosine_similarity, polynomial_kernel

HERE = pathlib.Path(__file__).resolve().parent / "feature_distances"
HERE.mkdir(exist_ok=True)
random = np.random.default_rng(20262)


def videojedi_mmd():
    """The package's function without the package, which loads a video model as it is imported."""
    path = pathlib.Path(importlib.util.find_spec("videojedi").submodule_search_locations[0]) / "mmd_polynomial.py"
    spec = importlib.util.spec_from_file_location("mmd_polynomial", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.mmd_poly


mmd_poly = videojedi_mmd()


def frechet(a, b):
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(np.atleast_2d(s @ t))
    return np.square(a.mean(0) - b.mean(0)).sum() + np.trace(s) + np.trace(t) - 2 * np.trace(root).real


def unbiased(a, b):
    k = lambda x, y: polynomial_kernel(x, y, degree=3, gamma=1 / x.shape[1], coef0=1)
    off = lambda m: (m.sum() - np.trace(m)) / (len(m) * (len(m) - 1))
    return off(k(a, a)) + off(k(b, b)) - 2 * k(a, b).mean()


def sample(n, d, rank=None):
    mix = random.normal(0, 1, (rank or d, d)) / np.sqrt(rank or d)
    return (random.normal(0, 1, (n, rank or d)) @ mix + random.normal(0, 0.5, d)).astype(np.float32)


def samples():
    same = sample(30, 8)
    cases = {"few": (sample(16, 24), sample(16, 24)), "unequal": (sample(64, 12), sample(17, 12)), "many": (sample(500, 6), sample(500, 6)),
             "many_and_few": (sample(450, 5), sample(40, 5)), "singular": (sample(64, 10, 3), sample(64, 10, 4)),
             "singular_many": (sample(410, 8, 2), sample(420, 8, 8)), "same": (same, same), "two": (sample(2, 4), sample(2, 4))}
    out = {}
    for name, (a, b) in cases.items():
        x, y = a.astype(np.float64), b.astype(np.float64)
        out |= {f"{name}.a": a, f"{name}.b": b, f"{name}.expected": np.array([frechet(x, y), mmd_poly(x, y), unbiased(x, y)])}
    save_file(out, HERE / "samples.safetensors")


def returns():
    features, mean = sample(12, 7), random.normal(0, 0.5, 7).astype(np.float32)
    visits = np.array([[3, 0, 5], [3, 0, 9], [3, 0, 11], [8, 2, 7], [1, 4, 10]])

    def consistency(x):
        alike = cosine_similarity(x.astype(np.float64))
        return 100 * np.mean([np.mean([alike[first, again] for p, first, again in visits if p == place]) for place in {3, 8, 1}])

    save_file({"features": features, "mean": mean, "returns": visits,
               "expected": np.array([consistency(features), consistency(features.astype(np.float64) - mean)])}, HERE / "returns.safetensors")


samples()
returns()
