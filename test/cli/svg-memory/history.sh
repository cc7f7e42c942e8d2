# The history of a memory: looked at, branched, forgotten, copied, cleared up. No model is needed, nor torch.
cp -r "$CASE_DIR/../../../formats/vectors/valid/0301_walk.memory" walk.memory
svg-memory log walk.memory
svg-memory log --graph walk.memory
svg-memory log --json walk.memory | tail -n 1
svg-memory show walk.memory@2
svg-memory show --json walk.memory | grep -o '"layers":{[^}]*}'
svg-memory verify walk.memory
svg-memory verify --json walk.memory

echo "--- fork, checkout, forget"
svg-memory fork walk.memory@2 other.memory
svg-memory log --graph other.memory
svg-memory checkout other.memory@1
svg-memory log --graph other.memory
svg-memory checkout other.memory@2
svg-memory forget other.memory@1
svg-memory forget walk.memory@2..3
svg-memory log --graph walk.memory
svg-memory verify walk.memory
svg-memory verify other.memory
python3 "$CASE_DIR/../../golden/svg_formats.py" other.memory >/dev/null
svg-inspect --verify other.memory

echo "--- gc"
cp -r other.memory before
printf '{"revision":3,' >>other.memory/log.jsonl
echo half >other.memory/rev/3.safetensors
echo half >other.memory/HEAD.tmp-77
svg-memory gc other.memory | sort
diff -r before other.memory
svg-memory gc other.memory

# Nothing is loaded that --help does not need.
svg-memory --help | head -n 1
! ldd "$(command -v svg-memory)" | sed 's/=>.*//' | grep -i torch
