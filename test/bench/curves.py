"""The loss of a training in fp32 and in bf16, over updates and over time: the UNet of maze-view from fresh weights, as the first stage of
examples/models/maze-view/recipe.sh trains it, on fewer episodes and for fewer updates. Same seed, so both see the same items and the same noise.

    python3 test/bench/curves.py build/release/bin OUT [--updates 1000] [--episodes 500] [--threads 1] [--clock wall|processor]

The two runs follow each other. OUT keeps the data, the runs and what was measured; a run that is there is not made again. Written are
OUT/curves.json and OUT/curves.svg; printed are both times and the largest gap between the smoothed curves. --clock is what the picture calls time:
where other programs want the cores, the processor's of one thread says what a core of its own would take. Needs nothing but Python.
"""
import argparse
import json
import math
import os
import pathlib
import shutil
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAZE_VIEW = ROOT / "examples/models/maze-view"
DTYPES = {"fp32": "#1f6fb4", "bf16": "#d9622b"}
SMOOTH = 50  # updates that a point of a smoothed curve is the mean of
EVERY = 10  # updates from one point to the next
# The first stage of the recipe, but for --dtype, --steps and how often it saves.
RECIPE = ("--past 4:0.7,3:0.05,2:0.05,1:0.1,0:0.1 --future 4 --past-noise 0.15 --text-dropout 0.1 --train-text-encoder --batch 8 --lr 1e-3 "
          "--lr-schedule cosine --warmup-steps 300 --weight-decay 1e-3 --ema-decay 0.998 --save-dtype fp16 --validate-every 100 "
          "--checkpoint-every 500").split()


def prepare(o):
    """Data, and a model whose autoencoder is the shipped one and whose other weights are fresh."""
    for split, episodes, seed in (("train", o.episodes, 1), ("val", max(o.episodes // 10, 1), 2)):
        if not (o.out / split).exists():
            subprocess.run([o.bin / "svg-world", "dataset", "--world", "maze", "--profile", "view", "--split", split, "--episodes", str(episodes),
                            "--seed", str(seed), "--chunks", "8:12", "-j", str(o.threads), "-q", "-o", o.out / split], check=True)
    if not (o.out / "model").exists():
        shutil.copytree(MAZE_VIEW / "config", o.out / "model")
        shutil.copytree(MAZE_VIEW / "vae", o.out / "model/vae", dirs_exist_ok=True)


def processor_seconds(pid):
    """User and system time of a running process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def train(o, dtype):
    """One run. Each line of its metrics gets the time at which it came, counted from the first update's begin: data are encoded by then."""
    run, times = o.out / dtype, []
    for other in DTYPES:
        if (o.out / other / "latents").exists() and not run.exists():
            shutil.copytree(o.out / other / "latents", run / "latents")
    command = [o.bin / "svg-pretrain", "--model", o.out / "model", "--data", o.out / "train", "--validation", o.out / "val", "-o", run, "-q",
               "--force", *RECIPE, "--dtype", dtype, "--steps", str(o.updates), "--threads", str(o.threads)]
    log = run / "training/metrics.jsonl"
    log.unlink(missing_ok=True)
    with subprocess.Popen(command, env={**os.environ, "OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "10000"}) as process:
        start = None
        while process.poll() is None:
            time.sleep(0.02)
            if not log.exists():
                continue
            wall, processor = time.monotonic(), processor_seconds(process.pid)
            start = start or (wall, processor)
            for _ in range(log.read_bytes().count(b"\n") - len(times)):
                times.append((wall - start[0], processor - start[1]))
    if process.returncode:
        raise SystemExit(f"svg-pretrain: exit {process.returncode}")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    times += [times[-1]] * (len(lines) - len(times))
    (o.out / f"{dtype}.jsonl").write_text("".join(
        json.dumps({**line, "wall_sec": round(wall, 2), "processor_sec": round(cpu, 2)}) + "\n" for line, (wall, cpu) in zip(lines, times)))


def curve_of(path, clock):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    smooth = min(SMOOTH, len(lines))
    points = range(smooth, len(lines) + 1, min(EVERY, smooth))
    return {
        "updates": list(points),
        "loss": [round(sum(line["loss"] for line in lines[n - smooth:n]) / smooth, 5) for n in points],
        "minutes": [round(lines[n - 1][clock] / 60, 3) for n in points],
        "validation": [[line["step"], round(line[clock] / 60, 3), round(line["validation_loss"], 5)] for line in lines if "validation_loss" in line],
        "total_wall_sec": lines[-1]["wall_sec"],
        "total_processor_sec": lines[-1]["processor_sec"],
    }


def panel(curves, left, title, axis, validation_column):
    """One diagram as SVG: loss over `axis`; the loss is on a logarithmic axis."""
    top, width, height = 34, 390, 250
    xs = [x for c in curves.values() for x in c[axis]]
    ys = [y for c in curves.values() for y in c["loss"] + [v[2] for v in c["validation"]]]
    low, high = math.log(min(ys) * 0.95), math.log(max(ys) * 1.05)

    def place(x, y):
        return f"{left + width * x / max(xs):.1f},{top + height * (high - math.log(y)) / (high - low):.1f}"

    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1e4, 1e5) if max(xs) / s <= 6)
    parts = [f'<text x="{left + width / 2}" y="20" text-anchor="middle">{title}</text>',
             f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="#999"/>']
    for k in range(int(max(xs) / step) + 1):
        x, y = place(k * step, math.exp(low)).split(",")
        parts.append(f'<text x="{x}" y="{float(y) + 16}" text-anchor="middle">{k * step:g}</text>')
    for tick in (t * 10.0 ** e for e in range(-3, 3) for t in (1, 1.5, 2, 3, 5, 7)):
        if low <= math.log(tick) <= high:
            x, y = place(0, tick).split(",")
            parts += [f'<line x1="{x}" y1="{y}" x2="{left + width}" y2="{y}" stroke="#e4e4e4"/>',
                      f'<text x="{left - 5}" y="{float(y) + 4}" text-anchor="end">{tick:.3g}</text>']
    for dtype, c in curves.items():
        points = " ".join(place(x, y) for x, y in zip(c[axis], c["loss"]))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{DTYPES[dtype]}" stroke-width="1.5"/>')
        for v in c["validation"]:
            x, y = place(v[validation_column], v[2]).split(",")
            parts.append(f'<circle cx="{x}" cy="{y}" r="3" fill="none" stroke="{DTYPES[dtype]}"/>')
    return parts


def draw(curves, clock):
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="920" height="330" font-family="sans-serif" font-size="12">',
             '<rect width="920" height="330" fill="white"/>']
    parts += panel(curves, 45, "loss over updates", "updates", 0)
    parts += panel(curves, 500, f"loss over minutes ({clock})", "minutes", 1)
    for k, dtype in enumerate(curves):
        parts.append(f'<text x="{300 + 60 * k}" y="322" fill="{DTYPES[dtype]}">{dtype}</text>')
    parts.append(f'<text x="430" y="322">line: mean of the last {SMOOTH} updates; circle: held-out episodes</text></svg>\n')
    return "\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("out", type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--updates", type=int, default=1000)
    parser.add_argument("--episodes", type=int, default=500)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--clock", default="wall", choices=("wall", "processor"))
    o = parser.parse_args()
    o.out.mkdir(parents=True, exist_ok=True)
    prepare(o)
    for dtype in DTYPES:
        if not (o.out / f"{dtype}.jsonl").exists():
            train(o, dtype)
    curves = {dtype: curve_of(o.out / f"{dtype}.jsonl", f"{o.clock}_sec") for dtype in DTYPES}
    a, b = curves["fp32"], curves["bf16"]
    gap, loss, update = max((abs(x - y), x, n) for x, y, n in zip(a["loss"], b["loss"], a["updates"]))
    held_out = max((abs(x[2] - y[2]) for x, y in zip(a["validation"], b["validation"])), default=0)
    found = {"updates": o.updates, "largest_gap": round(gap, 5), "largest_gap_at": update, "fp32_loss_there": loss,
             "largest_validation_gap": round(held_out, 5),
             "wall_ratio": round(b["total_wall_sec"] / a["total_wall_sec"], 3),
             "processor_ratio": round(b["total_processor_sec"] / a["total_processor_sec"], 3)}
    (o.out / "curves.json").write_text(json.dumps({**found, **curves}) + "\n")
    (o.out / "curves.svg").write_text(draw(curves, o.clock))
    print(f"{'':6}{'wall s':>10}{'processor s':>14}{'last loss':>12}{'held out':>11}")
    for dtype, c in curves.items():
        held = f"{c['validation'][-1][2]:.4f}" if c["validation"] else "-"
        print(f"{dtype:6}{c['total_wall_sec']:10.0f}{c['total_processor_sec']:14.0f}{c['loss'][-1]:12.4f}{held:>11}")
    print(f"bf16 / fp32: wall {found['wall_ratio']:.2f}, processor {found['processor_ratio']:.2f}; largest gap of the curves {gap:.4f} "
          f"(update {update}, where fp32 has {loss:.4f}), of held-out losses {held_out:.4f}")


if __name__ == "__main__":
    main()
