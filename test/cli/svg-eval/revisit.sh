# The whole evaluation on the shipped model: two episodes, four steps of learning a chunk, every row. The means of the table are those of
# revisit.json, up to what another processor's rounding changes: fast learning carries it on, so its rows have wider bounds.
# SVG_REDO=1 writes revisit.json anew.
model=$CASE_DIR/../../../examples/models/maze-tiny
svg-eval revisit -q --threads 1 --device cpu --model "$model" --scripts turn-around --episodes 2 --fast-steps 4 --json -o results >printed.json
diff <(python3 -m json.tool printed.json) <(python3 -m json.tool results/table.json)
[ "$(wc -l <results/episodes.jsonl)" = 12 ] || echo "episodes.jsonl has $(wc -l <results/episodes.jsonl) lines, not 2 episodes in 6 rows"
python3 "$CASE_DIR/revisit.py" results/table.json "$CASE_DIR/revisit.json"
# What is there is not made again.
svg-eval revisit -q --threads 1 --device cpu --model "$model" --scripts turn-around --episodes 2 --fast-steps 4 --resume --json -o results | cmp - printed.json
