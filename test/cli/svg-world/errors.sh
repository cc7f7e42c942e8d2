# Each mistake has its exit code and one line that names it.
try() { echo "-- $*"; "$@" > said 2>&1; echo "exit $?: $(head -1 said)"; rm said; }
set +e
seeds="--geometry 2000001 --appearance 2000001"
try svg-world rollout --profile tiny $seeds --script peek --chunks 20 -o x
try svg-world rollout --profile tiny $seeds --script spin --chunks 5 -o x
try svg-world rollout --profile tiny $seeds --script dance --chunks 20 -o x
try svg-world rollout --profile tiny --geometry 1 --appearance 2000001 --script spin --chunks 20 -o x
try svg-world rollout --profile tiny --max-turn 2 $seeds --script spin --chunks 20 -o x
try svg-world rollout --profile huge $seeds --script spin --chunks 20 -o x
try svg-world rollout --size 65x64 $seeds --script spin --chunks 20 -o x
try svg-world rollout --world kitchen $seeds --script spin --chunks 20 -o x
try svg-world dataset --profile tiny --episodes 0 -o x
try svg-world dataset --profile tiny --episodes 3 --chunks 9:x -o x
try svg-world dataset --profile tiny --episodes 3 --split holdout -o x
mkdir there
try svg-world dataset --profile tiny --episodes 3 -o there
try svg-world dataset --profile tiny --episodes 3 -o /proc/none/x
ls
