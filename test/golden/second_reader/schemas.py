"""The headers of valid vectors against formats/schemas."""
import json
import os
import re
import struct

from .common import Invalid, is_int, is_number, need, read
from .latent_stream import headers_of_stream

TYPES = {"object": lambda x: isinstance(x, dict), "array": lambda x: isinstance(x, list), "string": lambda x: isinstance(x, str),
         "integer": is_int, "number": is_number, "boolean": lambda x: isinstance(x, bool), "null": lambda x: x is None}
KNOWN = {"$schema", "title", "type", "required", "properties", "additionalProperties", "items", "minItems", "maxItems", "minimum",
         "maximum", "exclusiveMinimum", "pattern", "enum", "const", "oneOf"}


def check_schema(doc, schema, where):
    """The part of JSON Schema that formats/schemas uses."""
    need(set(schema) <= KNOWN, f"{where}: schema words {set(schema) - KNOWN}")
    if "oneOf" in schema:
        fits = 0
        for choice in schema["oneOf"]:
            try:
                check_schema(doc, choice, where)
                fits += 1
            except Invalid:
                pass
        need(fits == 1, f"{where}: fits {fits} of the kinds")
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    need(not kinds or any(TYPES[k](doc) for k in kinds), f"{where}: not {kinds}")
    need("const" not in schema or doc == schema["const"], f"{where}: not {schema.get('const')}")
    need(doc in schema.get("enum", [doc]), f"{where}: not in the list")
    if is_number(doc):
        need(schema.get("minimum", doc) <= doc <= schema.get("maximum", doc), f"{where}: out of range")
        need("exclusiveMinimum" not in schema or doc > schema["exclusiveMinimum"], f"{where}: out of range")
    if isinstance(doc, str):
        need(re.search(schema.get("pattern", ""), doc), f"{where}: pattern")
    if isinstance(doc, list):
        need(schema.get("minItems", 0) <= len(doc) <= schema.get("maxItems", len(doc)), f"{where}: length")
        for i, item in enumerate(doc):
            check_schema(item, schema.get("items", {}), f"{where}[{i}]")
    if isinstance(doc, dict):
        for key in schema.get("required", []):
            need(key in doc, f"{where}: {key} is missing")
        for key, value in doc.items():
            check_schema(value, schema.get("properties", {}).get(key, schema.get("additionalProperties", {})), f"{where}.{key}")


def headers_of(path):
    """(schema, JSON object) of every header of a valid vector."""
    if path.endswith(".latents"):
        for header in headers_of_stream(read(path)):
            yield "latent-stream", header
            if "provenance" in header:
                yield "provenance", header["provenance"]
    elif path.endswith(".safetensors"):
        data = read(path)
        header = json.loads(data[8: 8 + struct.unpack_from("<Q", data)[0]])
        yield "safetensors", header
        if (header.get("__metadata__") or {}).get("svg.format") == "svg-lora/1":
            yield "lora-delta", header["__metadata__"]
            yield "provenance", json.loads(header["__metadata__"]["svg.provenance"])
    indices = [("loop-store-index", n) for n in sorted(os.listdir(path)) if n.startswith("index-")] if path.endswith(".store") else []
    for schema, name in (*indices, ("loop-store", "store.json"), ("memory", "memory.json"), ("memory-head", "HEAD"), ("memory-log", "log.jsonl"),
                         ("model-index", "model_index.json"), ("manifest-episode", "episodes.jsonl"), ("manifest-chunk", "chunks.jsonl"), ("manifest-task", "tasks.jsonl")):
        if os.path.exists(f"{path}/{name}"):
            for line in read(f"{path}/{name}").decode().splitlines():
                doc = json.loads(line)
                yield schema, doc
                if "provenance" in doc:
                    yield "provenance", doc["provenance"]


def check_schemas(folder):
    """Number of headers of valid vectors that their schema refuses, or schemas that no vector has used."""
    schemas = {name[: -len(".schema.json")]: json.loads(read(f"{folder}/../schemas/{name}")) for name in os.listdir(f"{folder}/../schemas")}
    wrong, used = 0, set()
    for name in sorted(os.listdir(f"{folder}/valid")):
        for schema, header in headers_of(f"{folder}/valid/{name}"):
            used.add(schema)
            try:
                check_schema(header, schemas[schema], schema)
            except Invalid as e:
                print(f"valid/{name}: {e}")
                wrong += 1
    for schema in set(schemas) - used:
        print(f"no vector uses the schema {schema}")
    return wrong + len(set(schemas) - used)
