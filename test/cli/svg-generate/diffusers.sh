# Through diffusers' own pipeline: the shipped model, and ModelScopeT2V's structure saved by us and saved by diffusers.
# Skipped where ${SVG_REFERENCE_PYTHON:-python3} has no diffusers.
python=${SVG_REFERENCE_PYTHON:-python3}
golden=$CASE_DIR/../../golden
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
"$python" -c 'import diffusers, transformers' 2>/dev/null || exit 77
narrow_modelscope ours
"$python" "$golden/modelscope_directory.py" theirs --widths narrow --shard-size 1MB >report 2>&1 || cat report
ls theirs/unet/*.safetensors | wc -l
for model in "$CASE_DIR/../../../examples/models/maze-tiny" "$CASE_DIR/../../../examples/models/maze-view" ours theirs; do
  "$python" "$golden/pipeline_parity.py" "$(dirname "$(command -v svg-generate)")" "$model" >report 2>&1 || cat report
done
