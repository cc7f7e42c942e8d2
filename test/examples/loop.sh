#!/usr/bin/env bash
# loop.sh BUILD: examples/sweeps/loop makes a round in shards and does nothing when it is called again; examples/cluster/loop.sh submits the jobs of
# two rounds, each after those that it needs, and its job scripts do the round.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
examples=$here/../../examples
build=$(realpath "$1")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/svg-loop.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export PATH=$build/bin:$PATH OMP_NUM_THREADS=1
cd "$scratch"

loop() {
  make --no-print-directory -C "$examples/sweeps/loop" -j2 OUT="$scratch/loop" BIN="$build/bin" ROUNDS=1 CHUNKS=10 EPISODES=3 HELD_OUT=2 TESTED=2 STEPS=2 \
    BATCH=2 FAST="--fast-steps 1"
}
loop >first.md
grep -q '^| loop-1 minus before' first.md || { cat first.md; exit 1; }
svg-inspect -q --verify loop/round-1.store loop/round-1 >/dev/null
loop >second.md
grep -q 'up to date' second.md || { echo "made again:"; cat second.md; exit 1; }

# A scheduler that notes what it is asked for, and numbers the jobs.
mkdir bin
cat >bin/sbatch <<'S'
#!/usr/bin/env bash
echo "$*" | sed "s|$PWD/||g; s|[^ ]*/examples|examples|g" >>jobs.txt
wc -l <jobs.txt
S
chmod +x bin/sbatch
FAST="--fast-steps 1" SLOW="--steps 2 --batch 2" PATH=$PWD/bin:$PATH "$examples/cluster/loop.sh" model loop/data.latents out 2 2 >submitted.txt
cat >expected.txt <<'S'
--parsable --array=1-2 examples/cluster/loop-fast.sbatch model loop/data.latents out/round-1.store --fast-steps 1
--parsable --dependency=afterok:1 examples/cluster/loop-slow.sbatch model out/round-1.store out/round-1 --steps 2 --batch 2
--parsable --dependency=afterok:2 --array=1-2 examples/cluster/loop-fast.sbatch out/round-1 loop/data.latents out/round-2.store --fast-steps 1
--parsable --dependency=afterok:3 examples/cluster/loop-slow.sbatch out/round-1 out/round-2.store out/round-2 --steps 2 --batch 2
S
diff expected.txt jobs.txt

# What the jobs do.
for task in 1 2; do
  SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_COUNT=2 "$examples/cluster/loop-fast.sbatch" "$examples/models/maze-tiny" loop/data.latents jobs.store -q --fast-steps 1 >/dev/null
done
"$examples/cluster/loop-slow.sbatch" "$examples/models/maze-tiny" jobs.store jobs -q --steps 2 --batch 2
svg-inspect -q --verify jobs.store jobs >/dev/null
