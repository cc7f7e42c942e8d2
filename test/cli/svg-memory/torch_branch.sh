# Back to a revision: the same again to the byte, other actions as a branch; what branches have learned, compared and merged.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
run=(svg-generate "${quiet[@]}" --model model --steps 2 --fast-rank 2 --fast-steps 2)
for k in $(seq 4); do printf 'turn left\nturn right\nwalk forward\n'; done >actions.txt
"${run[@]}" --actions actions.txt -o whole.latents --memory walk.memory first.latents
frames() { zstd -dcq <"$1"; }  # the latents alone: headers name revisions, which differ
weights() { svg-memory export "$1" --as peft -o exported && sha256sum <exported/adapter_model.safetensors && rm -r exported; }

# The first two chunks were given: revision 6 has learned chunk 7.
svg-memory tail walk.memory@6 whole.latents -o six.latents
tail -n 6 actions.txt >rest.txt
"${run[@]}" --actions rest.txt -o again.latents --memory walk.memory@6 six.latents
cmp <(frames whole.latents) <(frames again.latents)
for k in 7 8 9 10 11 12; do
  [ "$(weights walk.memory@$k)" = "$(weights walk.memory@$((k + 6)))" ]
  cmp walk.memory/rev/$k.state.safetensors walk.memory/rev/$((k + 6)).state.safetensors
done

# Other actions from the same place, by checkout.
svg-memory checkout walk.memory@6
printf 'walk forward\nturn left\nturn left\n' >other.txt
"${run[@]}" --actions other.txt -o branch.latents --memory walk.memory six.latents
! cmp -s <(frames whole.latents) <(frames branch.latents)
svg-memory log --graph walk.memory | sed 's/  loss [^ ]* -> [^ ]*//'
svg-memory log walk.memory | awk 'NR > 1 && ($(NF - 3) == "-" || $(NF - 2) == "-") { print "no step time:", $0 }'
svg-memory verify walk.memory

# In a fork from there, stream and revisions have the numbers of the original.
svg-memory fork walk.memory@6 fork.memory
"${run[@]}" --actions rest.txt -o forked.latents --memory fork.memory six.latents
cmp <(frames whole.latents) <(frames forked.latents)
cmp walk.memory/rev/12.state.safetensors fork.memory/rev/12.state.safetensors
# And from the very beginning.
svg-memory tail walk.memory@0 whole.latents | "${run[@]}" --actions actions.txt -o anew.latents --memory walk.memory@0 -
cmp <(frames whole.latents) <(frames anew.latents)

# The branch's stream does not belong to the first line, nor the other way round.
for pair in "21 whole" "12 branch"; do
  set -- $pair
  status=0
  svg-memory tail "walk.memory@$1" "$2.latents" -o x.latents 2>err || status=$?
  echo "tail of $1 from $2 -> $status: $(cat err)"
done

# What the branches have learned differently: every adapted layer, most changed first.
svg-memory diff walk.memory@12 walk.memory@18 | awk 'NR > 1 && $3 > 1e-12 * $1 { print "equal revisions differ:", $0 }'
svg-memory diff walk.memory@12 walk.memory@21 >diff.txt
head -n 1 diff.txt
svg-memory diff --json walk.memory@12 walk.memory@21 >diff.json
svg-memory show --json walk.memory@12 >show.json
svg-memory merge walk.memory@12 walk.memory@21 --weights 0.25,0.75 --rank 4 -o merged.memory --json >merge.json
svg-memory merge walk.memory@12 walk.memory@21 -o small.memory --json >small.json
svg-memory export walk.memory@12 --as peft -o a
svg-memory export walk.memory@21 --as peft -o b
svg-memory export merged.memory --as peft -o m
python3 - <<'P'
import json, math, struct
diff, show = json.load(open("diff.json")), json.load(open("show.json"))
layers = [row["layer"] for row in diff["layers"]]
assert sorted(layers) == sorted(show["layers"]) and len(layers) > 8
changes = [row["norm_difference"] for row in diff["layers"]]
assert changes == sorted(changes, reverse=True) and changes[-1] > 0
assert all(0 < row["angle_deg"] <= 90 for row in diff["layers"])
assert math.isclose(diff["norm_a"], show["norm"], rel_tol=1e-5)

def delta(path):
    data = open(path + "/adapter_model.safetensors", "rb").read()
    n, = struct.unpack_from("<Q", data)
    out = {}
    for name, t in json.loads(data[8:8 + n]).items():
        if name == "__metadata__":
            continue
        begin, end = t["data_offsets"]
        numbers = struct.unpack(f"<{(end - begin) // 4}f", data[8 + n + begin:8 + n + end])
        out[name] = [numbers[i * t["shape"][1]:(i + 1) * t["shape"][1]] for i in range(t["shape"][0])]
    return out

def product(d, layer):
    a, b = (d[f"base_model.model.{layer}.lora_{x}.weight"] for x in "AB")
    return [sum(row[k] * a[k][j] for k in range(len(a))) for row in b for j in range(len(a[0]))]

a, b, merged = delta("a"), delta("b"), delta("m")
for layer in layers[:3] + layers[-1:]:
    wanted = [0.25 * x + 0.75 * y for x, y in zip(product(a, layer), product(b, layer))]
    size = max(map(abs, wanted))
    assert max(abs(x - y) for x, y in zip(wanted, product(merged, layer))) < 1e-5 * size, layer
assert json.load(open("merge.json"))["energy_lost"] < 1e-20
small = json.load(open("small.json"))
assert small["rank"] == 2 and 0 < small["energy_lost"] < 1
P

# A merged memory goes on learning.
svg-memory verify merged.memory --model model
svg-generate "${quiet[@]}" --model model --steps 2 --fast-rank 4 --actions other.txt -o merged.latents --memory merged.memory first.latents
svg-memory log --graph merged.memory | sed 's/  loss [^ ]* -> [^ ]*//'

# Faults: one line, the exit code, nothing changed.
expect() {
  local status=0
  "$@" >out 2>err </dev/null || status=$?
  echo "$2 -> $status: $(sed -E 's/(xxh128|sha256):[0-9a-f]+/\1:.../g' err | head -n 1)"
  [ ! -e x.memory ]
}
svg-pretrain "${quiet[@]}" --model vae --data data -o other-unet --past 4 --future 4 --steps 1 --batch 1 --train-text-encoder --seed 2
svg-memory import a --model other-unet -o foreign.memory
expect svg-memory diff walk.memory foreign.memory
expect svg-memory merge walk.memory foreign.memory -o x.memory
expect svg-memory merge walk.memory walk.memory@12 --rank 5 -o x.memory
expect svg-memory merge walk.memory walk.memory@12 --weights 1 -o x.memory
expect svg-memory merge walk.memory walk.memory@0 -o x.memory
expect svg-memory diff walk.memory walk.memory@99
expect svg-memory verify walk.memory --model other-unet
expect "${run[@]}" --actions other.txt --memory walk.memory@99 six.latents -o x.latents

# A disk that is full when the optimizer's state is written: HEAD stays, and the next run clears up.
cp -r fork.memory full.memory
limit=$(($(stat -c %s full.memory/rev/1.state.safetensors) / 1024 - 1))
set +e
(trap '' XFSZ; ulimit -f $limit; "${run[@]}" --actions other.txt --memory full.memory six.latents) 2>err | cat >out.latents
echo "full disk -> ${PIPESTATUS[0]}: $(sed 's/\.tmp-[0-9a-f]*//' err)"
set -e
svg-memory verify full.memory
rm -f fork.memory/timings.jsonl full.memory/timings.jsonl
svg-memory gc full.memory
diff -r fork.memory full.memory
