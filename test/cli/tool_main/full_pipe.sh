# The first SIGTERM ends a tool that waits on a full pipe, whose reader takes nothing.
mkfifo pipe
sleep 60 <pipe &
reader=$!
tool_main_probe flood >pipe &
pid=$!
sleep 0.5   # the pipe is full
from=$(date +%s)
kill -TERM $pid
status=0
wait $pid || status=$?
[ $(($(date +%s) - from)) -lt 20 ] || echo "ended late"
kill $reader
echo "status $status"
