#!/usr/bin/env python3
"""Times several programs that answer each line of their input by "<wall> <processor> ...": they take turns, so that what else the
machine does meets all alike.

    turns.py [--repeats 7] [--warm 2] LABEL=COMMAND ...      COMMAND is split as a shell does, VAR=VALUE in front is an environment

Prints, for each, minimum and median of wall and processor seconds, and the ratio of its minima to those of the first.
"""
import argparse
import os
import shlex
import statistics
import subprocess


class Side:
    def __init__(self, text):
        self.label, _, command = text.partition("=")
        words = shlex.split(command)
        environment = dict(os.environ)
        environment.setdefault("OMP_WAIT_POLICY", "passive")
        while words and "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            environment[name] = value
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self.times = []

    def turn(self, counts):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if len(answer) < 2:
            raise SystemExit(f"{self.label}: ended")
        self.last = answer[2:]
        if counts:
            self.times.append((float(answer[0]), float(answer[1])))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--warm", type=int, default=2)
    parser.add_argument("sides", nargs="+", metavar="LABEL=COMMAND")
    arguments = parser.parse_args()
    sides = [Side(s) for s in arguments.sides]
    for i in range(arguments.warm + arguments.repeats):
        for side in sides:
            side.turn(i >= arguments.warm)
    print(f"{'':32}{'wall: least':>12}{'median':>9}{'processor: least':>18}{'median':>9}{'/ first':>9}  last answer")
    first = None
    for side in sides:
        wall, cpu = zip(*side.times)
        first = first or min(cpu)
        print(f"{side.label:32}{min(wall):12.3f}{statistics.median(wall):9.3f}{min(cpu):18.3f}{statistics.median(cpu):9.3f}"
              f"{min(cpu) / first:9.2f}  {' '.join(side.last)}")
        side.process.stdin.close()
        side.process.wait()


if __name__ == "__main__":
    main()
