# An environment that fails is named; its episode is tried again, then given up, and the others go on.
cp "$CASE_DIR/../svg-world/fake_environment.py" fake.py
fake() { echo "python3 fake.py $*"; }
for fault in dies nan grows bad-line; do
  status=0
  svg-plan record -q --env "$(fake $fault)" --episodes 2 --chunks 3 --frames 4 -o out > said 2> wrong || status=$?
  echo "-- $fault: exit $status"
  tail -n 1 wrong
  rm -r out.partial
done
# Hangs once: a second attempt succeeds.
status=0
svg-plan record -q --time-limit 3 --env "$(fake hangs once)" --episodes 2 --chunks 3 --frames 4 -o hung 2> wrong || status=$?
echo "exit $status"
cat > half.py <<'P'
import os, sys
# The first three processes die in their third step, the others do not: of the episode they were in, two chunks are kept.
number = len(os.listdir("runs"))
open(f"runs/{number}", "w").close()
sys.argv = ["fake", "tires" if number in (0, 1, 2) else "none"]
exec(open("fake.py").read())
P
mkdir runs
status=0
svg-plan record -q --env "python3 half.py" --episodes 3 --chunks 3 --frames 4 -o half 2>> wrong || status=$?
echo "exit $status"
grep warning wrong
cat half/failed.jsonl
grep -o '"failed":.*' half/episodes.jsonl
grep -o '"ep":"[^"]*"' half/episodes.jsonl
grep -o '"n":[0-9]*' half/episodes.jsonl | xargs
svg-inspect --verify half
