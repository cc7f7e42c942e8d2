# The worst file at each limit of formats/threats.md is read with at most ten times its size of memory, beside what a record
# may grow to and 64 MiB for the program (96 where what was read is kept). Its time is a figure of test/support/worst_files.py, not a test.
make=$CASE_DIR/../../support/worst_files.py
for name in $(python3 "$make" names); do
  python3 "$make" make "$name" "$name"
  size=$(du -sb "$name" | cut -f1)
  read -r seconds most status < <(python3 "$make" measure svg-inspect --verify "$name")
  room=64
  if [[ $name == bomb* ]]; then room=160; fi  # two records at a time
  if [[ $name == manifest* || $name == settings* || $name == many_rows ]]; then room=96; fi  # kept as they stand
  [ "$status" = 0 ] || echo "$name: exit $status"
  (( most <= 10 * size / 1048576 + room )) || echo "$name: $most MiB for $size bytes"
  rm -r "$name"
done
