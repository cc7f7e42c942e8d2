#!/usr/bin/env bash
# sweep.sh BUILD: examples/sweeps/Makefile compares two settings in shards, and does nothing when it is called again; examples/cluster does the
# same table as a job array, whose tasks stop with 75 when they are told to, and go on.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
examples=$here/../../examples
build=$(realpath "$1")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/svg-sweep.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export PATH=$build/bin:$PATH OMP_NUM_THREADS=1
cd "$scratch"

sweep() {
  make --no-print-directory -C "$examples/sweeps" -j2 OUT="$scratch/sweep" BIN="$build/bin" EPISODES=2 BATCH=1 VARIANTS="shipped half-lr" \
    shipped="--chunks 11 --fast-steps 1" half-lr="--chunks 11 --fast-steps 1 --fast-lr 1e-3"
}
sweep >first.md
grep -q '^| half-lr minus shipped' first.md || { cat first.md; exit 1; }
[ "$(wc -l <sweep/shipped/episodes.jsonl)" = 2 ]
sweep >second.md
grep -q 'up to date' second.md || { echo "made again:"; cat second.md; exit 1; }

task() { # task NUMBER FLAGS...
  local number=$1
  shift
  SLURM_ARRAY_TASK_ID=$number SLURM_ARRAY_TASK_COUNT=2 "$examples/cluster/revisit.sbatch" "$examples/models/maze-tiny" array -q \
    --scripts turn-around --rows temp-lora --episodes 2 --batch 1 --chunks 11 "$@"
}
task 1 --fast-steps 1
# Told to stop before it is done: long learning.
task 2 --fast-steps 200 &
child=$!
for _ in $(seq 600); do
  [ -s array/shard-2/settings.json ] && break
  sleep 0.1
done
sleep 1
pkill -TERM -P $child || kill -TERM $child
status=0
wait $child || status=$?
[ $status = 75 ] || { echo "a task that was told to stop ended with $status"; exit 1; }
rm -r array/shard-2
task 2 --fast-steps 1
"$examples/cluster/gather.sbatch" array
grep -q '^| temp-lora' array/table.md
[ "$(wc -l <array/whole/episodes.jsonl)" = 2 ]
