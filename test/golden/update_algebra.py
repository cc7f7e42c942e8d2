"""Reference for libcore/fast/update_algebra, made with dense matrices by NumPy and SciPy.

    python test/golden/update_algebra.py           # writes test/golden/update_algebra/

Each case NAME.safetensors holds the factors of two updates (a1 [r1,in], b1 [out,r1], a2, b2, F32) with their scales, and, as metadata,
norms, the largest principal angle of the column spaces in radians, and for each rank what truncation loses; cut.RANK [out,in] is the best
approximation of that rank of the sum. Versions: test/golden/requirements.txt, and SciPy 1.x.
"""
import json
import pathlib

import numpy as np
from safetensors.numpy import save_file
from scipy.linalg import subspace_angles


def column_space(x):
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    return u[:, : np.linalg.matrix_rank(x)] if s[0] > 0 else None


def main():
    folder = pathlib.Path(__file__).with_suffix("")
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(5)
    normal = lambda *shape: rng.standard_normal(shape).astype(np.float32)
    near = normal(9, 2)
    cases = {  # b1, a1, scale1, b2, a2, scale2
        "apart": (normal(9, 2), normal(2, 7), 1.5, normal(9, 3), normal(3, 7), 0.5),
        "near": (near, normal(2, 7), 1.0, near + np.float32(1e-3) * normal(9, 2), normal(2, 7), 1.0),
        "low_rank": (np.outer(normal(9), [1, 2]).astype(np.float32), normal(2, 7), 1.0, normal(9, 2), normal(2, 7), 2.0),
        "narrow": (normal(3, 4), normal(4, 5), 1.0, normal(3, 4), normal(4, 5), -1.0),
    }
    for name, (b1, a1, s1, b2, a2, s2) in cases.items():
        x, y = s1 * (b1.astype(float) @ a1), s2 * (b2.astype(float) @ a2)
        u, s, vt = np.linalg.svd(x + y, full_matrices=False)
        facts = {"scale1": s1, "scale2": s2, "norm1": np.linalg.norm(x), "norm2": np.linalg.norm(y), "norm_difference": np.linalg.norm(y - x),
                 "angle": float(subspace_angles(column_space(x), column_space(y)).max()),
                 "lost": {str(r): float((s[r:] ** 2).sum() / (s**2).sum()) for r in (1, 2, 4)}}
        tensors = {"a1": a1, "b1": b1, "a2": a2, "b2": b2}
        for r in (1, 2, 4):
            tensors[f"cut.{r}"] = (u[:, :r] * s[:r]) @ vt[:r]
        save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, folder / f"{name}.safetensors", {"facts": json.dumps(facts)})
        print(name, facts)


if __name__ == "__main__":
    main()
