# A reader that leaves ends the tool as SIGPIPE would; a full disk behind standard output is an error.
set +o pipefail
tool_main_probe flood | head -n 1
echo "status ${PIPESTATUS[0]}"
set -o pipefail
status=0
tool_main_probe done >/dev/full || status=$?
echo "status $status"
tool_main_probe --version
tool_main_probe --version --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["tool"])'
tool_main_probe --help
