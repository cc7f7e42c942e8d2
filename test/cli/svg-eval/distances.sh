# Distances of features that come from elsewhere: two sets that differ in their mean alone, by closed form; the same set; what is no such file.
python3 - <<'PYTHON'
import array, random, struct
def save(name, rows, kind="<f8", shape=None, version=1):
    shape = shape or (len(rows), len(rows[0]))
    body = array.array({"<f8": "d", "<f4": "f", "<i8": "q"}[kind], [x for row in rows for x in row]).tobytes()
    head = ("{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (kind, shape)).encode() + b"\n"
    size = struct.pack("<H", len(head)) if version == 1 else struct.pack("<I", len(head))
    open(name, "wb").write(b"\x93NUMPY" + bytes([version, 0]) + size + head + body)
random.seed(1)
a = [[random.gauss(0, 1) for _ in range(3)] for _ in range(60)]
save("a.npy", a)
save("shifted.npy", [[x + 2, y, z] for x, y, z in a], version=2)
save("single.npy", [[round(x, 3) for x in row] for row in a], "<f4")
save("wide.npy", [row + [0.0] for row in a])
save("flat.npy", [row[:1] for row in a], shape=(60,))
save("whole.npy", [[1, 2]], "<i8")
save("nan.npy", [[float("nan"), 0.0, 0.0]] * 4)
save("jedi.npy", [[random.gauss(0, 1) for _ in range(1280)] for _ in range(6)], "<f4")
open("cut.npy", "wb").write(open("a.npy", "rb").read()[:-8])
open("no.npy", "w").write("features")
# JEDi's arithmetic in pure Python.
kernel = lambda x, y: (sum(p * q for p, q in zip(x, y)) / len(x)) ** 2
mean = lambda s, t: sum(kernel(x, y) for x in s for y in t) / len(s) / len(t)
b = [[x + 2, y, z] for x, y, z in a]
open("expected", "w").write(repr(100 * (mean(a, a) + mean(b, b) - 2 * mean(a, b))))
PYTHON
svg-eval distances -q a.npy shifted.npy --json >table.json
python3 - <<'PYTHON'
import json
rows = {row["metric"]: row for row in json.load(open("table.json"))}
print(*rows, "jedi:", abs(rows["jedi_custom"]["value"] - float(open("expected").read())) < 1e-9)
print("frechet is the squared shift:", abs(rows["frechet"]["value"] - 4) < 1e-9, "floor:", 0 < rows["frechet"]["floor"] < 1)
PYTHON
svg-eval distances -q a.npy single.npy | head -5
svg-eval distances -q jedi.npy jedi.npy --json | python3 -c 'import json, sys; print([(row["metric"], row["value"] < 1e-9) for row in json.load(sys.stdin)])'
for fault in wide flat whole nan cut no nowhere; do
  status=0
  svg-eval distances -q a.npy $fault.npy 2>&1 || status=$?
  echo "-> $status"
done
