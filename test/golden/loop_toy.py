"""Algorithm 1b of SlowFast-VGen in NumPy, on a model small enough to write down: one linear layer, y = (W + B A) x, that predicts a chunk (three
numbers) from the one before it.

    python test/golden/loop_toy.py        # writes test/golden/loop_toy/round.safetensors

In: "weight" [3, 3], "a" [E, 2, 3] (the first A; B begins at zero), "chunks" [E, 5, 3]. Out: "a_after_<i>", "b_after_<i>", the memories after
chunk i was learned, and "weight_after", W after a slow phase of four updates. Fast and slow learning are Adam on mean squared errors.
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file

EPISODES, CHUNKS, WIDTH, RANK = 4, 5, 3, 2
FAST_LR, SLOW_LR, SLOW_STEPS = 0.05, 0.02, 4


class Adam:
    def __init__(self, lr):
        self.lr, self.step, self.m, self.v = lr, 0, 0, 0

    def update(self, value, grad):
        self.step += 1
        self.m = 0.9 * self.m + 0.1 * grad
        self.v = 0.999 * self.v + 0.001 * grad**2
        return value - self.lr * (self.m / (1 - 0.9**self.step)) / (np.sqrt(self.v / (1 - 0.999**self.step)) + 1e-8)


random = np.random.default_rng(1)
w = random.normal(size=(WIDTH, WIDTH)) * 0.5
a = random.uniform(-0.5, 0.5, size=(EPISODES, RANK, WIDTH))
chunks = random.normal(size=(EPISODES, CHUNKS, WIDTH))
out = {"weight": w, "a": a, "chunks": chunks}

# Fast phase: the pair is stored with the memory as it was before its second chunk was seen.
store = []
after = {i: ([], []) for i in range(1, CHUNKS - 1)}
for e in range(EPISODES):
    theta_a, theta_b = a[e].copy(), np.zeros((WIDTH, RANK))
    adam_a, adam_b = Adam(FAST_LR), Adam(FAST_LR)
    for i in range(CHUNKS - 1):
        x, target = chunks[e, i], chunks[e, i + 1]
        store.append((x, target, theta_b @ theta_a))
        error = 2 * ((w + theta_b @ theta_a) @ x - target) / WIDTH
        grad_a, grad_b = np.outer(theta_b.T @ error, x), np.outer(error, theta_a @ x)
        theta_a, theta_b = adam_a.update(theta_a, grad_a), adam_b.update(theta_b, grad_b)
        if i + 1 in after:
            after[i + 1][0].append(theta_a)
            after[i + 1][1].append(theta_b)
for i, (all_a, all_b) in after.items():
    out[f"a_after_{i}"], out[f"b_after_{i}"] = np.stack(all_a), np.stack(all_b)

# Slow phase: W alone learns, each pair with its own memory in place.
adam = Adam(SLOW_LR)
for _ in range(SLOW_STEPS):
    grad = sum(np.outer(2 * ((w + theta) @ x - target) / WIDTH, x) for x, target, theta in store) / len(store)
    w = adam.update(w, grad)
out["weight_after"] = w

save_file({k: np.ascontiguousarray(v, dtype=np.float64) for k, v in out.items()},
          pathlib.Path(__file__).resolve().parent / "loop_toy" / "round.safetensors")
