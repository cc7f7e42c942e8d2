# A child inherits none of our descriptors but its own four, and is gone with all its own when we are, however we end.
exec 7< /dev/null 8> held   # what a careless caller leaves open
svg-world check "python3 '$CASE_DIR/fake_environment.py' inherits '$PWD/descriptors'" > said
read -r -a open < descriptors
echo "descriptors: ${open[*]:0:4}$([ "${#open[@]}" -le 5 ] || echo " and more: ${open[*]}")"   # one is that of the listing itself
exec 7<&- 8>&-
alive() { pgrep -f "$1" > pids || return 0; sed "s/.*/$2 lives/" pids; }
for signal in KILL TERM; do
  mark="sleep 7$RANDOM.$$"
  svg-world check "$mark & echo started > begun; exec $mark" > said 2>&1 &
  pid=$!
  until [ -s begun ]; do sleep 0.02; done
  rm begun
  kill -$signal $pid
  wait $pid 2> nowhere || true
  for _ in $(seq 100); do
    pgrep -f "$mark" > pids || break
    sleep 0.02
  done
  alive "$mark" "after $signal a child"
done
echo done
