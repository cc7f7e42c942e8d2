# Sourced by the cases about --estimate: the configurations of a small model, and how a plan ended.
model=$CASE_DIR/../../support/tiny_config

# expect NAME COMMAND...: its status, what it says on standard error and the last line that is not JSON. Its output is left in `out`.
expect() {
  local name=$1 status=0
  shift
  "$@" >out 2>err || status=$?
  echo "$name -> $status: $(cat err) $(grep -v '^{' out | tail -n 1)"
}
