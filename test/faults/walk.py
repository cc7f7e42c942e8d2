#!/usr/bin/env python3
"""Lets every file operation of a command go wrong in turn, and looks at what is left.

    walk.py CASE --bin DIR --injector LIB [--modes kill,cut,fail,full,short] [--every K] [--only N]
    walk.py --list

A case (cases.py) is a folder prepared once, a command, and the command that takes it up again. For each operation
of the command (test/support/fault_injector.cpp) and each mode: the command is run on a fresh copy with that fault, then

  1. it ends by the signal, or with 73 or 74 and a message, or as if nothing had happened with the same result;
  2. what stands under a final name is sound, as `svg-inspect --verify` sees it;
  3. taken up again, it ends in the very bytes of a run without a fault, and nothing else is left lying about.

Exit 1 with a line for each point where this does not hold."""
import argparse
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import cases

MODES = {"kill": "kill:{n}", "cut": "cut:{n}", "fail": "fail:{n}:5", "full": "full:{n}", "short": "short:{n}"}
DEADLY = ("kill", "cut")
OF_WRITES = ("cut", "short")  # elsewhere the one is a kill, the other no fault at all
TORN = "the last line is cut off and was left out"  # what a memory's log may be after a kill: readers and writers know it


def tree(folder, ignored):
    """{path: digest} of everything in `folder` but what may differ from run to run."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.name
        if any(path.match(pattern) for pattern in ignored):
            continue
        key = str(path.relative_to(folder))
        if path.is_symlink():
            found[key] = "link to " + os.readlink(path)
        elif path.is_dir():
            found[key] = "folder"
        else:
            found[key] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def difference(got, wanted):
    lines = [f"missing {k}" for k in wanted if k not in got] + [f"left over {k}" for k in got if k not in wanted]
    lines += [f"other bytes {k}" for k in got if k in wanted and got[k] != wanted[k]]
    return "; ".join(lines[:4])


class Walk:
    def __init__(self, case, bin_folder, injector, scratch):
        self.case, self.injector = case, injector
        self.base, self.run_folder, self.log = scratch / "base", scratch / "run", scratch / "log"
        self.environment = dict(os.environ, PATH=f"{bin_folder}:{os.environ['PATH']}", OMP_NUM_THREADS="1",
                                OMP_WAIT_POLICY="passive", SVG_TEST_ROOT=str(pathlib.Path(__file__).resolve().parents[1]))
        self.base.mkdir()
        self.shell(case.setup, self.base, check=True)

    def shell(self, script, folder, fault=None, check=False):
        # Only what the script executes is preloaded, in place of the shell ("exec").
        environment = dict(self.environment)
        if fault is not None:
            environment.update(LD_PRELOAD=self.injector, SVG_FAULT_ROOT=str(folder), SVG_FAULT_LOG=str(self.log), SVG_FAULT=fault)
        done = subprocess.run(["bash", "-c", "set -eu\n" + script if fault is None else script], cwd=folder, env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=300)
        if check and done.returncode:
            sys.exit(f"{script}: exit {done.returncode}: {done.stderr}")
        return done

    def fresh(self):
        shutil.rmtree(self.run_folder, ignore_errors=True)
        shutil.copytree(self.base, self.run_folder, symlinks=True)
        self.log.unlink(missing_ok=True)

    def tree(self):
        return tree(self.run_folder, self.case.ignored)

    def reference(self):
        self.fresh()
        self.shell(self.case.command, self.run_folder, fault="count:-1", check=True)
        self.wanted = self.tree()
        self.operations = self.log.read_text().splitlines()
        return len(self.operations)

    def faults_at(self, mode, n):
        """What does not hold with this fault at operation `n`."""
        self.fresh()
        done = self.shell(self.case.command, self.run_folder, fault=MODES[mode].format(n=n))
        left = self.tree()
        faults = []
        status, said = done.returncode, done.stderr.strip()
        if mode in DEADLY and status not in (-9, 0):
            faults.append(f"exit {status} beside SIGKILL: {said}")
        if mode not in DEADLY:
            if status not in (0, 73, 74):
                faults.append(f"exit {status}: {said}")
            if status and (not said or "Success" in said or "internal" in said):
                faults.append(f"says: {said!r}")
            if mode == "short" and status:
                faults.append(f"a short write is an error: {said}")
        if mode == "fail" and self.operations[n].split()[1] == "remove":
            # What could not be cleared away may lie there until the next run.
            left = {k: v for k, v in left.items() if ".tmp-" not in k}
        if status == 0 and left != self.wanted:
            faults.append(f"exit 0, but {difference(left, self.wanted)}")
        for name in self.case.finals:
            if (self.run_folder / name).exists():
                sound = self.shell(f"svg-inspect -q --verify {name} >&2", self.run_folder)
                if sound.returncode and not (mode in DEADLY and TORN in sound.stderr):
                    faults.append(f"left under its final name, and not sound: {name}: {sound.stderr.strip()}")
        again = self.shell(self.case.again or self.case.command, self.run_folder)
        # Its status is not asked for where the result is right: to forget what is forgotten already is an error.
        if self.tree() != self.wanted:
            said = f": exit {again.returncode}: {again.stderr.strip()}" if again.returncode else ""
            faults.append(f"taken up again{said}: {difference(self.tree(), self.wanted)}")
        return faults


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("case", nargs="?", choices=sorted(cases.ALL))
    p.add_argument("--list", action="store_true")
    p.add_argument("--bin")
    p.add_argument("--injector")
    p.add_argument("--modes", default=",".join(MODES))
    p.add_argument("--every", type=int, default=1, help="only each K-th operation, another share in each mode")
    p.add_argument("--only", type=int, help="only this operation")
    a = p.parse_args()
    if a.list:
        print("\n".join(sorted(cases.ALL)))
        return 0
    bad = points = 0
    with tempfile.TemporaryDirectory(prefix="svg-faults-") as scratch:
        walk = Walk(cases.ALL[a.case], os.path.abspath(a.bin), os.path.abspath(a.injector), pathlib.Path(scratch).resolve())
        total = walk.reference()
        if not total:
            sys.exit(f"{a.case}: no operation was seen: is the injector loaded?")
        for shift, mode in enumerate(a.modes.split(",")):
            at = [n for n in range(total) if mode not in OF_WRITES or walk.operations[n].split()[1] == "write"]
            for n in [a.only] if a.only is not None else at[shift % a.every :: a.every]:
                points += 1
                faults = walk.faults_at(mode, n)
                bad += bool(faults)
                for fault in faults:
                    print(f"{a.case}: {mode} at {walk.operations[n].replace(scratch, '')}: {fault}".replace(scratch, ""), flush=True)
    print(f"{a.case}: {total} operations, {points} points, {bad} bad")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
