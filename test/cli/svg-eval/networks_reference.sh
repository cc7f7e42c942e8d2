# Beside torchvision, lpips and cd-fvd, with random weights converted from their checkpoints.
# Skipped where ${SVG_REFERENCE_PYTHON:-python3} lacks one of them.
python=${SVG_REFERENCE_PYTHON:-python3}
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
"$python" -W ignore -c 'import cdfvd, efficientnet_lite_pytorch, lpips, scipy, torchvision' >/dev/null 2>&1 || exit 77
"$python" -W ignore "$CASE_DIR/../../golden/feature_networks_parity.py" "$(dirname "$(command -v svg-eval)")" >report 2>&1 || cat report
