# A data set: the same bytes for any -j, other bytes for another seed, nothing left behind when it is stopped.
svg-world dataset --profile tiny --episodes 40 --seed 3 -j 1 -o one -q
svg-world dataset --profile tiny --episodes 40 --seed 3 -j 4 -o four -q
svg-world dataset --profile tiny --episodes 40 --seed 4 -j 4 -o other -q
diff -r one four
cmp -s one/frames-00000.rgb other/frames-00000.rgb && echo "another seed gives the same frames"
svg-inspect --verify one > verdict || cat verdict
svg-world dataset --profile tiny --split test --script spin --episodes 5 --faces -o test -q
ls test
svg-world dataset --episodes 100000 -o stopped -q &
until ls -d stopped.tmp-* > there 2> nowhere; do sleep 0.1; done   # it runs, and listens
kill -INT $!
status=0
wait $! || status=$?
echo "stopped: $status"
ls -d stopped* 2>/dev/null || true
