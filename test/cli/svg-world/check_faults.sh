# What is wrong with an environment, one line a fault.
fake() { echo "python3 '$CASE_DIR/fake_environment.py' $*"; }
said() { grep -v -e ': ok: ' -e ': not claimed: ' said || true; }
for fault in dies hangs hangs-in-pixels dies-in-pixels bad-line endless-line grows nan other-id fatal too-much two-lines banner \
  random frozen-pose strict lingers; do
  status=0
  svg-world check --time-limit 3 "$(fake $fault "'$PWD/once-$fault'")" > said 2> nowhere || status=$?
  echo "-- $fault: exit $status"
  said | head -n 1
done
echo "-- good"
svg-world check "$(fake none)"
svg-world check --json "$(fake free)" | grep determinism
status=0
svg-world check 'no-such-program-here' 2> nowhere || status=$?
echo "exit $status"
