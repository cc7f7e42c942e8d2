# An inverse dynamics model: trained, stopped and gone on with, measured on what it has not seen.
. "$CASE_DIR/../tiny.bash"
svg-world dataset -q --profile tiny --episodes 12 --chunks 4 --seed 1 -o data
train() { svg-plan train "${quiet[@]}" --data data --steps 6 --batch 4 --channels 8 "$@"; }
train -o whole > whole.txt
status=0
train -o halves --max-steps 3 2> stopped || status=$?
echo "exit $status"; cat stopped
train -o halves --resume > halves.txt
diff whole.txt halves.txt
cmp whole/model.safetensors halves/model.safetensors
cut -c1-22 whole.txt
train -o whole 2>&1 || echo "exit $?"
# Pictures that went through a model's autoencoder, and those that it generated.
rm -r data
make_tiny_model
rm -r data
svg-world dataset -q --profile tiny --sentences plain --episodes 12 --chunks 4 --seed 1 -o data
text=$(grep -o '"text":"[^"]*"' data/chunks.jsonl | head -n 1 | cut -d'"' -f4)
for k in 1 2; do
  svg-encode "${quiet[@]}" --model model --episode "maze/00000$k" data > in.latents
  { echo "$text"; echo "$text"; } > actions.txt
  svg-generate "${quiet[@]}" --model model --actions actions.txt --no-fast --steps 1 -o "out$k.latents" < in.latents
done
train --vae model --generated out1.latents out2.latents --pair-share 0.5 -o mixed --json > mixed.json
python3 - <<'P'
import json
rows = json.load(open("mixed.json"))["held_out"]
print([(r["pictures"], r["episodes"], r["steps"], sorted(r["fields"])) for r in rows])
for r in rows:
    assert 0 <= r["action"]["low"] <= r["action"]["mean"] <= r["action"]["high"] <= 1, r
P
# What it cannot learn from.
train --generated out1.latents -o none 2>&1 || echo "exit $?"
svg-plan train "${quiet[@]}" --data nowhere -o none 2>&1 || echo "exit $?"
svg-plan train "${quiet[@]}" --data data -o none --channels 12 2>&1 || echo "exit $?"
sed -i 's/"act":"[^"]*",//' data/episodes.jsonl
train -o none 2>&1 || echo "exit $?"
[ ! -e none ]
