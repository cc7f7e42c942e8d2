#!/usr/bin/env bash
# "Put the cubes back where they were": from data to the score table, with a shipped small model, on a CPU.
#   examples/pipelines/plan-cubes.sh OUT [TASKS] [BUILD]     TASKS: how many (default 64); called again, it goes on where it was stopped
# SETS: which task sets, each with its table, as "shown cubes" (default: shown). "cubes": one chunk is seen; all cubes are to be brought to the
# green area, then back, then one to where another had been, and the memory learns on through the plan. "shown": the same, of which the first
# part is seen and the rest planned. Plans are followed in a closed loop: each action is what the plan means, corrected by what the environment
# shows. MODEL: another model than examples/models/table-cubes, with an idm/ beside its parts. PLAN_FLAGS: flags of svg-plan score for all sets.
# Each table is made in two parts side by side, on a thread each.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:?usage: plan-cubes.sh OUT [TASKS] [BUILD]}
tasks=${2:-64}
build=${3:-$root/build/release}
model=${MODEL:-$root/examples/models/table-cubes}
sets=${SETS:-shown}
for set in $sets; do  # before the first table, which takes minutes
  [[ $set == shown || $set == cubes ]] || { echo "$0: SETS: no task set $set: shown, cubes" >&2 && exit 64; }
done
export PATH=$build/bin:$PATH
mkdir -p "$out"
cd "$out"
exec 3>&1 >&2  # what the steps say; the tables alone are the output

trap 'kill $(jobs -p) 2>/dev/null || true' EXIT  # where one part fails, the other is stopped

rows=none,temp-lora,swapped,inverse-replay,random,text-only,oracle,oracle-generation
[ -e "$model/loop" ] && rows+=,loop  # the same model after the slow-fast loop
steps=(--fast-steps 3)
[[ " ${PLAN_FLAGS:-} " == *" --fast-steps "* ]] && steps=()
read -ra flags <<<"${PLAN_FLAGS:-}"

# SCRIPT NAME FLAGS...: in two parts, side by side, then the table of both
table() {
  local script=$1 name=$2
  [ -d "$name" ] || svg-world dataset --world table --profile tiny --split test --script "$script" --sentences plain --episodes "$tasks" --seed 3 -o "$name"
  score() {
    svg-plan score --model "$model" --loop-model "$model/loop" --idm "$model/idm" --tasks "$name" --count "$tasks" --batch 8 --control closed-loop \
      --feedback generated --act-noise 0,0.1 --threads 1 -o "$name-scores" --resume --rows "$rows" "${steps[@]}" "${flags[@]}" "$@"
  }
  score "${@:3}" --shard 1/2 >/dev/null &
  score "${@:3}" --shard 2/2 >/dev/null
  wait $!
  score "${@:3}" -q >"$name.txt"
}
for set in $sets; do
  case $set in
    shown) table cubes-shown shown ;;
    cubes) table cubes cubes --memory on ;;
  esac
  { echo "$set" && cat "$set.txt"; } >&3
done
