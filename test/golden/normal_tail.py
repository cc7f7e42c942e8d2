"""Coefficients of libcore/nn/geglu_kernel.cpp: 0.5 erfc(a / sqrt 2) = exp(-a^2 / 2) R(a), R a polynomial in u = 1 / (1 + 0.3 a) without constant
term, of the smallest relative error on 0 .. 11 (Lawson's reweighted least squares). Prints them, lowest power first, and that error.

    python test/golden/normal_tail.py
"""
import numpy as np
from scipy.special import erfcx

TERMS, SLOPE = 8, 0.3

a = np.concatenate([np.linspace(0, 2, 4000), np.linspace(2, 11, 4000)])
wanted = 0.5 * erfcx(a / np.sqrt(2))
powers = np.stack([(1 / (1 + SLOPE * a)) ** k for k in range(1, TERMS + 1)], 1) / wanted[:, None]
weights = np.ones_like(a)
for _ in range(200):
    root = np.sqrt(weights)
    coefficients = np.linalg.lstsq(powers * root[:, None], root, rcond=None)[0]
    error = np.abs(powers @ coefficients - 1)
    weights *= error
    weights /= weights.sum()
print(", ".join(f"{x:.9g}f" for x in coefficients))
print(f"relative error at most {error.max():.1e}")
