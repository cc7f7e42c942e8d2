"""An environment of 4x4 pixels that goes wrong as it is told: fake_environment.py FAULT [FILE].

Where FILE is there already, faults that take time do not happen again."""
import json
import os
import sys
import time

fault = sys.argv[1]
H = W = 4
at = steps = 0


def reply(**fields):
    line = json.dumps(fields, separators=(",", ":")) + "\n"
    sys.stdout.write(line * 2 if fault == "two-lines" and fields.get("n", 0) > 1 else line)
    sys.stdout.flush()


def for_the_first_time():
    try:
        open(sys.argv[2], "x").close()
    except FileExistsError:
        return False
    return True


def frames(n, noise=0):
    return b"".join(bytes((i + at + k + noise) % 256 for i in range(H * W * 3)) for k in range(n))


def observe(request_id, n, **more):
    data = frames(n, time.time_ns() % 251 if fault == "random" else 0)
    fields = dict(id=request_id, n=n, bytes=len(data), planes=["rgb"], pose=[[at + k] for k in range(n)])
    if fault == "frozen-pose":
        fields["pose"] = [[0]] * n
    fields.update(more)
    reply(**fields)
    os.write(3, data + b"xyz" if fault == "too-much" and n > 1 else data)


for line in sys.stdin:
    request = json.loads(line)
    op, number = request["op"], request["id"]
    if op == "hello":
        if fault == "inherits":
            numbers = sorted(os.listdir("/proc/self/fd"), key=int)
            open(sys.argv[2], "w").write(" ".join(numbers) + "\n")
        if fault == "banner":
            print("Engine 4.2 ready", flush=True)
        reply(id=number, env="fake", ver="1", h=H, w=W, fps=10, det=fault not in ("free",), caps=["pose"], act={"go": ["px", -1, 1]},
              pose=["x"], licence="none")
    elif op == "reset":
        at = 0
        observe(number, 1)
    elif op == "step":
        n = len(request["acts"])
        steps += 1
        if fault == "dies" or (fault == "tires" and steps == 3):
            os._exit(7)
        if fault == "hangs" and for_the_first_time():
            time.sleep(100)
        if fault == "hangs-in-pixels" and for_the_first_time():
            reply(id=number, n=n, bytes=n * 48, pose=[[0]] * n)
            os.write(3, bytes(17))
            time.sleep(100)
        if fault == "dies-in-pixels":
            reply(id=number, n=n, bytes=n * 48, pose=[[0]] * n)
            os.write(3, bytes(17))
            os.kill(os.getpid(), 9)
        if fault == "bad-line":
            print("{\"id\":", number, ",,}", flush=True)
            continue
        if fault == "endless-line":
            sys.stdout.write("x" * (2 << 20))
            sys.stdout.flush()
        if fault == "grows":
            H = 8
        if fault == "nan":
            observe(number, n, pose=[[float("nan")]] * n)
            continue
        if fault == "other-id":
            number += 1
        if fault == "fatal":
            reply(id=number, err="the engine crashed\nat line 3", fatal=True)
            continue
        at += n
        observe(number, n)
    elif op == "state":
        reply(id=number, state={})
    elif op == "close":
        reply(id=number)
        if fault == "lingers":
            time.sleep(100)
        break
    else:
        reply(id=number, err=f"unknown op: {op}", fatal=fault == "strict")
