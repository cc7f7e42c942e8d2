# The table: an episode, data sets with tasks, the same bytes for any -j, an environment that keeps all rules.
svg-world rollout --world table --profile tiny --geometry 2000003 --appearance 2000005 --script cubes --chunks 40 -o walk -q
ls walk
svg-inspect --verify walk
head -n 5 walk/actions.txt
tail -n 1 walk/actions.jsonl
svg-world dataset --world table --profile tiny --script cubes-back --split test --episodes 12 --sentences held-out -j 1 -o one -q
svg-world dataset --world table --profile tiny --script cubes-back --split test --episodes 12 --sentences held-out -j 3 -o three -q
diff -r one three
svg-inspect --verify one
svg-world dataset --world table --profile tiny --episodes 12 --faces -o play -q
svg-inspect --verify play
ls play | head -n 4
svg-world check "svg-world serve --world table --profile tiny"
try() { echo "-- $*"; "$@" > said 2>&1 || echo "exit $?: $(head -1 said)"; rm said; }
seeds="--geometry 2000001 --appearance 2000001"
try svg-world rollout --world table --profile view $seeds --script cubes --chunks 40 -o x
try svg-world rollout --world table --profile tiny $seeds --script cubes --chunks 20 -o x
try svg-world rollout --world table --profile tiny $seeds --script spin --chunks 20 -o x
try svg-world rollout --world table --size 65x64 $seeds --script play --chunks 20 -o x
