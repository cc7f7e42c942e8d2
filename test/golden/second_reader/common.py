"""What every reader here needs: how a file is refused, JSON and its check, digests."""
import hashlib
import json
import re
import shutil
import subprocess


class Invalid(Exception):
    pass


def need(ok, what):
    if not ok:
        raise Invalid(what)


def parse_json(text, where):
    def pairs(items):
        keys = [k for k, _ in items]
        need(len(keys) == len(set(keys)), f"{where}: a key stands twice")
        return dict(items)

    def constant(name):
        raise Invalid(f"{where}: {name} is not JSON")

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except ValueError as e:
        raise Invalid(f"{where}: {e}") from None


def parse_sealed(data, where):
    """JSON whose last member is a check of its own bytes (seal: formats/README.md)."""
    match = re.search(rb'"check":"([0-9a-f]{16})"\}\Z', data)
    need(match, f"{where}: no check at the end")
    zeroed = data[: match.start(1)] + b"0" * 16 + data[match.end(1):]
    need(hashlib.sha256(zeroed).hexdigest()[:16] == match.group(1).decode(), f"{where}: the check does not match")
    doc = parse_json(data.decode(), where)
    doc.pop("check")
    return doc


def is_int(x, least=None):
    return isinstance(x, int) and not isinstance(x, bool) and (least is None or x >= least)


def is_number(x):
    return isinstance(x, (int, float)) and not isinstance(x, bool)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def xxh128(data):
    """XXH3-128 as 32 hex digits, or None where xxhsum is not installed."""
    if not shutil.which("xxhsum"):
        return None
    out = subprocess.run(["xxhsum", "-H2"], input=data, capture_output=True, check=True).stdout
    return out.decode().split()[0]
