"""What every adapter has in common: the lines of formats/environment.md, and raw pixels on descriptor 3.

An adapter is a class with `hello` (a dict: env, ver, licence, h, w, fps, det, caps, act, pose, and perhaps chunk and moves) and the
methods below; serve(Adapter()) does the rest. What it prints goes to standard error: engines like to talk.
"""
import json
import os
import sys
import traceback


class Refused(Exception):
    """An error reply: nothing has changed, and the next request is answered."""


class Adapter:
    hello = {}

    def reset(self, geometry, appearance, start):
        """-> (frame, pose, state); frame: bytes of h * w * 3, pose: list of numbers, state: dict."""
        raise NotImplementedError

    def step(self, action):
        """One frame; action: {name: value} with every name of hello["act"]. -> (frame, pose, state, hit, done)."""
        raise NotImplementedError

    def teleport(self, pose):
        raise Refused("cannot teleport")

    def save(self):
        raise Refused("cannot save")

    def restore(self, snap):
        raise Refused("cannot restore")

    def state(self):
        return {}

    def close(self):
        pass


def serve(adapter):
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # print() of engines goes where it does no harm
    sys.stdout = sys.stderr
    started = False

    def reply(fields, pixels=b""):
        lines.write(json.dumps(fields, separators=(",", ":"), allow_nan=False) + "\n")
        lines.flush()
        view = memoryview(pixels)
        while view:
            view = view[os.write(3, view):]

    def observed(number, frames, poses, state, hits=None, done=None):
        pixels = b"".join(frames)
        fields = {"id": number, "n": len(frames), "bytes": len(pixels), "planes": ["rgb"], "pose": poses, "state": state}
        if hits is not None:
            fields["hit"] = hits
        if done is not None:
            fields["done"] = done
        reply(fields, pixels)

    def action_of(given):
        ranges = adapter.hello["act"]
        for name, value in given.items():
            if name not in ranges:
                raise Refused("unknown action: " + name)
            unit, least, most = ranges[name]
            if not least - 1e-9 <= value <= most + 1e-9:
                raise Refused(f"{name} {value}: expected {least} to {most}")
        return {name: float(given.get(name, 0)) for name in ranges}

    def answer(request):
        nonlocal started
        op, number = request.get("op"), request["id"]
        if request.get("want", ["rgb"]) != ["rgb"]:
            raise Refused("there is no plane but rgb")
        if op == "hello":
            if request.get("proto") != 1:
                raise Refused("proto: expected 1")
            return reply({"id": number, **adapter.hello})
        if op == "reset":
            frame, pose, state = adapter.reset(request["geometry"], request["appearance"], request.get("start"))
            started = True
            return observed(number, [frame], [pose], state)
        if op == "close":
            return reply({"id": number})
        if op == "restore":
            frame, pose, state = adapter.restore(request["snap"])
            started = True
            return observed(number, [frame], [pose], state)
        if op not in ("step", "teleport", "save", "state"):
            raise Refused(f"unknown op: {op}")
        if not started:
            raise Refused("reset comes first")
        if op == "step":
            actions = [action_of(one) for one in request["acts"]]
            if not actions:
                raise Refused("acts: expected one at least")
            frames, poses, hits, state, done = [], [], [], {}, False
            for action in actions:
                frame, pose, state, hit, done = adapter.step(action)
                frames.append(frame), poses.append(pose), hits.append(int(hit))
                if done:
                    break
            return observed(number, frames, poses, state, hits, done)
        if op == "teleport":
            frame, pose, state = adapter.teleport(request["pose"])
            return observed(number, [frame], [pose], state)
        if op == "save":
            return reply({"id": number, "snap": adapter.save()})
        return reply({"id": number, "state": adapter.state()})

    try:
        for line in sys.stdin:
            number = None
            try:
                request = json.loads(line)
                number = request["id"] if isinstance(request.get("id"), int) else None
                answer({**request, "id": number})
            except Refused as refused:
                reply({"id": number, "err": str(refused), "fatal": False})
            except (KeyError, TypeError, ValueError, AttributeError) as wrong:
                traceback.print_exc()
                reply({"id": number, "err": f"not a request: {wrong}", "fatal": False})
            if number is not None and request.get("op") == "close":
                break
    finally:
        adapter.close()
