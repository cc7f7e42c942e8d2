# A number that must not be negative is not wrapped around.
try() { status=0; "$@" >said 2>&1 || status=$?; echo "exit $status: $(head -1 said)"; }
try svg-world dataset --profile tiny --episodes 1 --seed -1 -o x
try svg-world rollout --profile tiny --geometry -5 --appearance 1 --script spin --chunks 20 -o x
try svg-world dataset --profile tiny --episodes 1 --seed=-1 -o x
echo 'seed = -1' >settings.toml
try svg-world dataset --profile tiny --episodes 1 --config settings.toml -o x
ls
