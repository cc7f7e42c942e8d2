#!/usr/bin/env python3
"""A long episode, watched: svg-generate makes and learns N chunks with a tiny model (test/cli/tiny.bash), and neither memory, descriptors nor
the time of a chunk may grow with the episode.

    soak.py --bin DIR [--chunks 1000]

Exit 1 where the last fifth differs from the second one: more than 3 % and 4 MiB of resident memory, any descriptor, or 30 % of CPU time a chunk."""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

SETUP = r"""
set -eu
CASE_DIR=$SVG_TEST_ROOT/cli/tools
. $SVG_TEST_ROOT/cli/tiny.bash
make_tiny_model
for k in $(seq "$CHUNKS"); do case $((k % 3)) in 0) echo "turn left";; 1) echo "turn right";; 2) echo "walk forward";; esac; done >actions.txt
"""


def state_of(pid):
    """Resident bytes, descriptors and CPU seconds of a process."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    resident = int(status.split("VmRSS:")[1].split()[0]) * 1024
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return resident, len(os.listdir(f"/proc/{pid}/fd")), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def chunks_learned(log):
    return log.read_bytes().count(b"\n") if log.exists() else 0


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bin", required=True)
    p.add_argument("--chunks", type=int, default=1000)
    a = p.parse_args()
    environment = dict(os.environ, PATH=f"{os.path.abspath(a.bin)}:{os.environ['PATH']}", OMP_NUM_THREADS="1", CHUNKS=str(a.chunks),
                       SVG_TEST_ROOT=str(pathlib.Path(__file__).resolve().parents[1]))
    with tempfile.TemporaryDirectory(prefix="svg-soak-") as folder:
        subprocess.run(["bash", "-c", SETUP], cwd=folder, env=environment, check=True)
        run = subprocess.Popen(["svg-generate", "-q", "--threads", "1", "--progress", "never", "--model", "model", "--steps", "2", "--fast-rank", "2",
                                "--fast-steps", "1", "--keep", "last", "--actions", "actions.txt", "--memory", "long.memory", "-o", "long.latents",
                                "first.latents"], cwd=folder, env=environment)
        seen = []  # (chunks, bytes, descriptors, CPU seconds)
        log = pathlib.Path(folder) / "long.memory/log.jsonl"
        while run.poll() is None:
            try:
                seen.append((chunks_learned(log), *state_of(run.pid)))
            except (FileNotFoundError, ProcessLookupError, IndexError):
                break
            time.sleep(0.1)
        if run.wait() != 0:
            sys.exit(f"svg-generate: exit {run.returncode}")
        learned = chunks_learned(log)
        if learned < a.chunks:
            sys.exit(f"{learned} chunks were learned, not {a.chunks}")

    def part(first, last):
        rows = [s for s in seen if first * a.chunks <= s[0] < last * a.chunks]
        if len(rows) < 3:
            sys.exit("too few looks at the process: use more --chunks")
        return (statistics.median(r[1] for r in rows), max(r[2] for r in rows), (rows[-1][3] - rows[0][3]) / max(1, rows[-1][0] - rows[0][0]))

    early, late = part(0.2, 0.4), part(0.8, 1.0)
    for name, (bytes_, descriptors, seconds) in (("chunks 20-40 %", early), ("chunks 80-100 %", late)):
        print(f"{name}: {bytes_ / 2**20:.1f} MiB resident, {descriptors} descriptors, {1000 * seconds:.1f} ms CPU a chunk")
    grown = late[0] - early[0] > max(0.03 * early[0], 4 * 2**20) or late[1] > early[1] or late[2] > 1.3 * early[2]
    print("grows with the episode" if grown else f"constant over {a.chunks} chunks")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
