#!/usr/bin/env bash
# Rounds of the slow-fast loop as Slurm jobs that wait for each other: the fast phase as a job array, then the slow phase, round after round.
#   examples/cluster/loop.sh MODEL DATA OUT [ROUNDS] [SHARDS]
# DATA: a latent stream (svg-encode). FAST and SLOW hold flags of the phases, SBATCH those of every job. OUT/round-N are the models.
set -euo pipefail
model=${1:?usage: loop.sh MODEL DATA OUT [ROUNDS] [SHARDS]}
data=${2:?usage: loop.sh MODEL DATA OUT [ROUNDS] [SHARDS]}
out=${3:?usage: loop.sh MODEL DATA OUT [ROUNDS] [SHARDS]}
rounds=${4:-3} shards=${5:-8}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"
after=()
for round in $(seq "$rounds"); do
  array=$(sbatch --parsable ${SBATCH:-} "${after[@]}" --array=1-"$shards" "$here/loop-fast.sbatch" "$model" "$data" "$out/round-$round.store" ${FAST:-})
  slow=$(sbatch --parsable ${SBATCH:-} --dependency=afterok:"${array%%;*}" "$here/loop-slow.sbatch" "$model" "$out/round-$round.store" "$out/round-$round" ${SLOW:-})
  after=(--dependency=afterok:"${slow%%;*}")
  model=$out/round-$round
  echo "round $round: fast ${array%%;*}, slow ${slow%%;*}"
done
