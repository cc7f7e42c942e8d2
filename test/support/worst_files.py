#!/usr/bin/env python3
"""worst_files.py make NAME PATH: makes the worst file or folder at one limit of formats/threats.md; `names` lists them.
worst_files.py measure COMMAND...: prints its seconds of processor, its most memory in MiB, and its exit status."""
import ctypes
import hashlib
import json
import pathlib
import resource
import struct
import subprocess
import sys

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "formats" / "vectors" / "valid"
VALUES = 500_000  # of a document (libcore/base/json.cpp)
MIB = 1 << 20


def sealed(text):
    """`text` is a JSON object without its last brace."""
    zeroed = text + ',"check":"' + "0" * 16 + '"}'
    return text + ',"check":"' + hashlib.sha256(zeroed.encode()).hexdigest()[:16] + '"}'


def repeated(one, count):
    return ",".join([one] * count)


# What takes the most memory for its length, and what takes the most time: the text of one value.
def of_objects(count):
    return "[" + repeated("{}", count - 1) + "]"


def of_texts(count):
    return "[" + repeated('""', count - 1) + "]"


def of_keys(count):
    return "{" + ",".join(f'"{i:x}":0' for i in range((count - 1) // 2)) + "}"


def of_small_objects(count):
    return "[" + repeated('{"a":0}', (count - 1) // 3) + "]"


def of_depth(count):
    deep = "[" * 58 + "]" * 58
    return "[" + repeated(deep, (count - 1) // 58) + "]"


FILLS = {"objects": of_objects, "texts": of_texts, "keys": of_keys, "small_objects": of_small_objects, "depth": of_depth}


def safetensors(path, header, data=b""):
    text = header.encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def entries(names, shape="[0]"):
    return ",".join(f'"{n}":{{"dtype":"U8","shape":{shape},"data_offsets":[0,0]}}' for n in names)


def record(text, frame=b""):
    return struct.pack("<II", 0x184D2A5E, len(text)) + text.encode() + frame


def compressed(data):
    zstd = ctypes.CDLL("libzstd.so.1")
    zstd.ZSTD_createCCtx.restype = ctypes.c_void_p
    zstd.ZSTD_compress2.restype = zstd.ZSTD_compressBound.restype = ctypes.c_size_t
    context = ctypes.c_void_p(zstd.ZSTD_createCCtx())
    zstd.ZSTD_CCtx_setParameter(context, 201, 1)  # ZSTD_c_checksumFlag
    zstd.ZSTD_CCtx_setParameter(context, 100, 9)  # ZSTD_c_compressionLevel
    room = zstd.ZSTD_compressBound(ctypes.c_size_t(len(data)))
    out = ctypes.create_string_buffer(room)
    size = zstd.ZSTD_compress2(context, out, ctypes.c_size_t(room), data, ctypes.c_size_t(len(data)))
    return out.raw[:size]


STREAM = ('{"kind":"stream","format":"svg-latents/1","model":"m","channels":4,"height":%d,"width":%d,"fps":8,'
          '"scaling_factor":1,"provenance":%s')


def stream(path, body, provenance="{}", side=1):
    head = json.loads((VECTORS / "0001_empty.latents.json").read_text())  # the name of the format
    name = json.dumps(head).split('"format": "')[1].split('"')[0]
    begin = record(sealed((STREAM % (side, side, provenance)).replace("svg-latents/1", name)))
    path.write_bytes(begin + body)


def ended(path, chunks=0, frames=0):
    whole = path.read_bytes()
    digest = hashlib.sha256(whole).hexdigest()
    end = sealed(f'{{"kind":"end","chunks":{chunks},"frames":{frames},"hash":"sha256:{digest}"')
    path.write_bytes(whole + record(end))


def chunk(index, frames, more=""):
    return sealed(f'{{"kind":"chunk","episode":"e","index":{index},"role":"input","action":"","frames":{frames},'
                  f'"past":0,"memory":null,"seed":null{more}')


def latents(frames, side):
    shape = f"[{frames},4,{side},{side}]"
    size = frames * 4 * side * side * 2
    text = f'{{"latents":{{"dtype":"F16","shape":{shape},"data_offsets":[0,{size}]}}}}'.encode()
    return struct.pack("<Q", len(text)) + text, size


def make_tensors(path):
    safetensors(path, "{" + entries(f"{i:x}" for i in range(100_000)) + "}")


def make_tensors_of_axes(path):
    names = (f"{i:x}" for i in range(100_000))
    safetensors(path, "{" + entries(names, "[0,0,0,0,0,0,0,0]") + "}")


def make_tensors_of_long_names(path):
    safetensors(path, "{" + entries(f"{i:0930}" for i in range(100_000)) + "}")


def make_metadata(path):
    metadata = ",".join(f'"{i:x}":""' for i in range(10_000))
    safetensors(path, '{"__metadata__":{' + metadata + "}}")


def make_long_metadata(path):
    metadata = ",".join(f'"{i:x}":"{"x" * 9980}"' for i in range(10_000))
    safetensors(path, '{"__metadata__":{' + metadata + "}}")


def make_lora(path):
    names = []
    size = 0
    for i in range(50_000):
        for part, shape in (("lora_A", "[1,1]"), ("lora_B", "[1,1]")):
            names.append(f'"{i:x}.{part}.weight":{{"dtype":"F16","shape":{shape},"data_offsets":[{size},{size + 2}]}}')
            size += 2
    safetensors(path, "{" + ",".join(names) + "}", bytes(size))


def make_lora_kohya(path):
    names = []
    size = 0
    for i in range(33_333):
        module = f"lora_unet_down_blocks_0_attentions_{i}_transformer_blocks_0_attn1_to_q"
        for part, shape in (("lora_down.weight", "[1,1]"), ("lora_up.weight", "[1,1]"), ("alpha", "[]")):
            names.append(f'"{module}.{part}":{{"dtype":"F16","shape":{shape},"data_offsets":[{size},{size + 2}]}}')
            size += 2
    safetensors(path, "{" + ",".join(names) + "}", bytes(size))


def make_bomb(path):
    """One chunk of 65 MB, as many as the limit allows at once."""
    head, size = latents(1015, 90)
    stream(path, record(chunk(0, 1015), compressed(head + bytes(size))), side=90)
    ended(path, 1, 1015)


def make_bombs(path):
    head, size = latents(1015, 90)
    frame = compressed(head + bytes(size))
    stream(path, b"".join(record(chunk(i, 1015), frame) for i in range(10)), side=90)
    ended(path, 10, 10150)


def make_skipped(path):
    frame = compressed(bytes(400 * MIB))
    header = record(sealed('{"kind":"other","optional":true'), frame)
    stream(path, header * 100)
    ended(path)


def make_small_records(path):
    head, size = latents(1, 1)
    frame = compressed(head + bytes(size))
    stream(path, b"".join(record(chunk(2 * i, 1), frame) for i in range(20_000)))
    ended(path, 20_000, 20_000)


def make_memory(path, line=None, about=None):
    subprocess.run(["cp", "-r", VECTORS / "0301_walk.memory", path], check=True)
    if about:
        text = (path / "memory.json").read_text()
        head = text[:text.rindex(',"check"')]
        (path / "memory.json").write_text(sealed(head + about) + "\n")
    if line:
        lines = (path / "log.jsonl").read_text().splitlines()
        head = lines[-1][:lines[-1].rindex(',"check"')]
        (path / "log.jsonl").write_text("\n".join(lines[:-1] + [sealed(head + line)]) + "\n")


def make_manifest(path, more):
    subprocess.run(["cp", "-r", VECTORS / "0501_walk.manifest", path], check=True)
    row = (path / "episodes.jsonl").read_text().rstrip()
    (path / "episodes.jsonl").write_text(row[:-1] + more + "}\n")


def make_many_rows(path):
    path.mkdir()
    row = '{"ep":"%x","domain":"maze","split":"test","fps":10,"n":1,"h":1,"w":1,"seed":{"geometry":1},"gen":"g"}\n'
    (path / "episodes.jsonl").write_text("".join(row % i for i in range(100_000)))


def make_model(path, file, more):
    subprocess.run(["cp", "-r", VECTORS / "0401_tiny.model", path], check=True)
    target = path / file
    text = target.read_text().rstrip().rstrip("}") if target.exists() else '{"future":16'
    target.write_text(text + more + "}\n")


MAKERS = {"tensors": make_tensors, "tensors_of_axes": make_tensors_of_axes,
          "tensors_of_long_names": make_tensors_of_long_names, "metadata": make_metadata,
          "long_metadata": make_long_metadata, "lora": make_lora, "lora_kohya": make_lora_kohya, "bomb": make_bomb,
          "bombs": make_bombs, "skipped": make_skipped, "small_records": make_small_records, "many_rows": make_many_rows}
for name, fill in FILLS.items():
    MAKERS[f"stream_{name}"] = lambda p, f=fill: (stream(p, b"", f'{{"x":{f(VALUES - 50)}}}'), ended(p))
    MAKERS[f"entry_{name}"] = lambda p, f=fill: safetensors(
        p, '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":' + f(VALUES - 50) + "}}")
    MAKERS[f"log_{name}"] = lambda p, f=fill: make_memory(p, line=f',"x":{f(VALUES - 50)}')
    MAKERS[f"memory_{name}"] = lambda p, f=fill: make_memory(p, about=f',"x":{f(VALUES - 50)}')
    MAKERS[f"manifest_{name}"] = lambda p, f=fill: make_manifest(p, f',"x":{f(VALUES - 50)}')
    MAKERS[f"index_{name}"] = lambda p, f=fill: make_model(p, "model_index.json", f',"x":{{"y":{f(VALUES - 100)}}}')
    MAKERS[f"settings_{name}"] = lambda p, f=fill: make_model(p, "svg.json", f',"x":{{"y":{f(VALUES - 100)}}}')
    MAKERS[f"config_{name}"] = lambda p, f=fill: make_model(p, "unet/config.json", f',"x":{{"y":{f(VALUES - 300)}}}')


def measure(command):
    status = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{used.ru_utime + used.ru_stime:.2f} {used.ru_maxrss / 1024:.0f} {status}")


def main():
    if sys.argv[1] == "names":
        print("\n".join(MAKERS))
    elif sys.argv[1] == "make":
        MAKERS[sys.argv[2]](pathlib.Path(sys.argv[3]))
    else:
        measure(sys.argv[2:])


if __name__ == "__main__":
    main()
