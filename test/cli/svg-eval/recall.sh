# Appearance recall as a metric of any video of a walk through the maze, and the same number from svg-eval revisit.
measure() { svg-eval metrics -q --threads 1 --progress never --metrics recall_v1 "$@"; }
svg-eval tasks -q --scripts out-and-back --episodes 2 -o tasks
# The walks of the tasks, with their frames: twice as they are, once noised, once one for the other.
mkdir noised
seeds_of() { python3 -c "
import json
seed = json.loads(open('$1/episodes.jsonl').read().splitlines()[$2])['seed']
print(*(f'--{k} {v}' for k, v in seed.items()))"; }
for i in 0 1; do
  seeds=$(seeds_of tasks $i)
  svg-world rollout -q --world maze --profile tiny --script out-and-back --chunks 15 $seeds -o walk$i
  python3 -c "
import json
ep = json.loads(open('walk$i/episodes.jsonl').readline())['ep']
print(json.dumps({'task': 'revisit', 'ep': ep, 'goal_text': 'x', 'ctx': [0, 44]}))" >walk$i/tasks.jsonl
  mkdir -p true/out-and-back noised/out-and-back other/out-and-back
  raw() { ffmpeg -v error -f rawvideo -pix_fmt rgb24 -s 32x16 -r 10 -i walk$i/frames.rgb "$@"; }
  raw -c:v ffv1 -pix_fmt bgr0 true/out-and-back/$i.mkv
  raw -vf noise=alls=90:all_seed=7 -c:v ffv1 -pix_fmt bgr0 noised/out-and-back/$i.mkv
  raw -c:v ffv1 -pix_fmt bgr0 other/out-and-back/$((1 - i)).mkv
done
value() { python3 -c '
import csv, sys
for row in csv.DictReader(sys.stdin):
    if row["bucket"] == "all": print(row["metric"], row["profile"], *(round(float(row[k]), 4) for k in ("value",)))'; }
for name in true noised other; do
  echo "-- $name"
  svg-eval revisit -q --data tasks --generated $name --rows generated -o results-$name >/dev/null
  for i in 0 1; do
    measure --generated $name/out-and-back/$i.mkv --reference walk$i --csv | value >rows; sed -n 1,3p rows
    python3 -c "
import json
theirs = {r.split()[0]: float(r.split()[2]) for r in open('rows')}
line = next(l for l in map(json.loads, open('results-$name/episodes.jsonl')) if l['episode'] == $i)
for ours, key in (('recall_queries', 'queries'), ('recall', 'recall_v1'), ('recall_near', 'recall_near_v1'), ('recall_rank', 'recall_rank'), ('recall_dropped', 'queries_dropped')):
    assert abs(theirs[ours] - line[key]) < 1e-4, (ours, theirs[ours], line[key])"
  done
done
echo "-- its own manifest is enough"
measure --generated walk0 --csv | value | sed -n 1p
expect() {
  local name=$1 status=0
  shift
  "$@" 2>err >/dev/null || status=$?
  echo "$name -> $status: $(head -n 1 err)"
}
echo "-- refused"
expect "no manifest" measure --generated true/out-and-back/0.mkv
sed 's/cfg=[0-9a-f]*/cfg=00000000/' walk0/episodes.jsonl >x && mv x walk0/episodes.jsonl
expect "another version's walk" measure --generated walk0
ffmpeg -v error -i true/out-and-back/1.mkv -vf scale=64:32 -c:v ffv1 big.mkv
expect "another size" measure --generated big.mkv --reference walk1
svg-world dataset -q --world table --split test --episodes 1 -o table
expect "the table" measure --generated table
