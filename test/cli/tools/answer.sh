# Every executable answers --help, --version and a wrong flag in under 0.1 s: none of them loads torch for that. The fastest of several
# tries counts, since other tests use the machine, too.
bin=$(dirname "$(command -v svg-inspect)")
milliseconds() {
  local best=100000 begun took
  for _ in 1 2 3 4 5 6 7 8; do
    begun=$(date +%s%N)
    "$@" >out 2>err </dev/null || status=$?
    took=$((($(date +%s%N) - begun) / 1000000))
    [ $took -lt $best ] && best=$took
    [ $best -lt 100 ] && break
  done
  echo $best
}
count=0
for tool in "$bin"/svg-*; do
  [ -x "$tool" ] && [ -f "$tool" ] || continue
  count=$((count + 1))
  for flag in --help --version --no-such-flag; do
    took=$(milliseconds "$tool" $flag)
    [ "$took" -lt 100 ] || echo "${tool##*/} $flag: $took ms"
  done
  "$tool" --help >out
  grep -q "^Usage" out || echo "${tool##*/} --help: $(cat out)"
  "$tool" --version >out
  grep -q "^${tool##*/} [0-9]" out || echo "${tool##*/} --version: $(cat out)"
  status=0
  "$tool" --no-such-flag >out 2>err || status=$?
  [ $status = 64 ] || echo "${tool##*/} --no-such-flag: status $status"
  grep -q "^${tool##*/}: error: .*no-such-flag" err || echo "${tool##*/}: $(cat err)"
done
[ $count -ge 9 ] || echo "only $count executables in $bin"
