"""A folder includes itself and what stands below it in LAYERS, never above; the library prints nothing on standard output.

    layers.py ROOT      exit 1, with a line for each fault, where the tree breaks a rule
    layers.py --test    that the rules are able to fail
"""
import pathlib
import re
import sys

# From top to bottom, as in the README's table of folders. session is the only layer that knows option structs.
LAYERS = ["tools", "libcore/session", "libcore/plan", "libcore/eval", "libcore/loop", "libcore/episode", "libcore/fast",
          "libcore/slow", "libcore/footprint", "libcore/optim", "libcore/diffusion", "libcore/model", "libcore/nn",
          "libcore/tensor", "libcore/cuda", "libcore/world", "libcore/video", "formats", "libcore/base"]
SUFFIXES = {".h", ".cpp", ".cu", ".cuh"}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
PRINTS = re.compile(r"\bstd::cout\b|(?<![\w:])(?:std::)?(?:printf|puts|putchar)\s*\(")


def layer_of(path):
    """The layer of a file, by its path from the root; None: none of ours."""
    return next((layer for layer in LAYERS if path.startswith(layer + "/")), None)


def faults_of(path, text):
    layer = layer_of(path)
    for name in INCLUDE.findall(text):
        other = layer_of(name)
        if other is None:
            yield f"{path}: includes \"{name}\", which is in no layer: name it from the root"
        elif LAYERS.index(other) < LAYERS.index(layer):
            yield f"{path}: includes \"{name}\": {layer} stands below {other}"
    if layer != "tools" and PRINTS.search(text):
        yield f"{path}: prints on standard output: only tools do, sessions return a Report"


def check(root):
    found = 0
    for layer in LAYERS:
        for path in sorted(p for p in (root / layer).rglob("*") if p.suffix in SUFFIXES):
            for fault in faults_of(path.relative_to(root).as_posix(), path.read_text()):
                print(fault)
                found += 1
    folders = sorted(p.relative_to(root).as_posix() for p in (root / "libcore").iterdir() if p.is_dir())
    for folder in folders:
        if folder not in LAYERS:
            print(f"{folder}: is no layer: give it a place in {pathlib.Path(__file__).name} and in the README")
            found += 1
    return found


def test():
    good = [("libcore/fast/a.cpp", '#include "libcore/fast/a.h"\n#include "libcore/base/error.h"\n#include <iostream>'),
            ("tools/svg-x.cpp", '#include "libcore/session/x.h"\nstd::cout << 1;'),
            ("libcore/base/log.cpp", 'std::fprintf(stderr, "x"); std::snprintf(b, 1, "x");')]
    bad = [("libcore/fast/a.cpp", '#include "libcore/episode/episode_run.h"'),
           ("libcore/slow/a.h", '#  include "libcore/session/pretrain.h"'),
           ("formats/memory/m.cpp", '#include "tools/common/tool_main.h"'),
           ("libcore/base/a.h", '#include "formats/safetensors.h"'),
           ("libcore/nn/a.h", '#include "layers.h"'),
           ("libcore/eval/t.cpp", 'std::cout << table;'),
           ("libcore/eval/t.cpp", 'printf("%d", 1);')]
    for path, text in good:
        assert not list(faults_of(path, text)), (path, text)
    for path, text in bad:
        assert list(faults_of(path, text)), (path, text)


if __name__ == "__main__":
    if sys.argv[1:] == ["--test"]:
        test()
    elif len(sys.argv) == 2:
        sys.exit(1 if check(pathlib.Path(sys.argv[1])) else 0)
    else:
        sys.exit(__doc__)
