# Every way to end has its exit code and one line.
run() { status=0; tool_main_probe "$@" 2>err || status=$?; echo "$1 -> $status: $(cat err)"; }
run done --text-value hello --count 5 --seed 7 --device cpu
run no
run data
run memory
run bug
run pipe
run interrupt
run done --device cuda:99 2>&1 | sed 's/: .*//'
