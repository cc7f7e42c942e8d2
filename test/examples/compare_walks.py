"""compare_walks.py TRUTH WITH WITHOUT GIVEN: y4m videos of equal length. The first GIVEN frames of WITH and WITHOUT are the same; of the others
none is, and WITH is nearer to TRUTH. Exit 1 where that does not hold."""
import sys


def frames_of(path):
    header, _, body = open(path, "rb").read().partition(b"\n")
    size = {field[:1]: int(field[1:]) for field in header.split()[1:] if field[:1] in b"WH"}
    pixels = size[b"W"] * size[b"H"]
    length = len(b"FRAME\n") + pixels * (3 if b"C444" in header else 1) + (0 if b"C444" in header else pixels // 2)
    return [body[i + len(b"FRAME\n"):i + length] for i in range(0, len(body), length)]


def distance(a, b):
    return sum((x - y) ** 2 for x, y in zip(b"".join(a), b"".join(b)))


truth, with_memory, without = (frames_of(path) for path in sys.argv[1:4])
given = int(sys.argv[4])
pairs = [a == b for a, b in zip(with_memory, without)]
faults = []
if not len(truth) == len(with_memory) == len(without) > given:
    faults.append(f"{len(truth)}, {len(with_memory)} and {len(without)} frames")
if not all(pairs[:given]) or any(pairs[given:]):
    faults.append(f"frames that are the same: {[i for i, same in enumerate(pairs) if same]}, not the first {given}")
near, far = distance(truth[given:], with_memory[given:]), distance(truth[given:], without[given:])
print(f"squared distance to the true world: {near} with memory, {far} without")
if not near < far:
    faults.append("with memory is not nearer to the true world")
print("\n".join(faults))
sys.exit(1 if faults else 0)
