# The shipped model through diffusers' own pipeline. Skipped where ${SVG_REFERENCE_PYTHON:-python3} has no diffusers.
python=${SVG_REFERENCE_PYTHON:-python3}
model=$CASE_DIR/../../../examples/models/maze-tiny
export OMP_NUM_THREADS=1
"$python" -c 'import diffusers, transformers' 2>/dev/null || exit 77
"$python" "$CASE_DIR/../../golden/pipeline_parity.py" "$(dirname "$(command -v svg-generate)")" "$model" >report 2>&1 || cat report
