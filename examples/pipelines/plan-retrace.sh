#!/usr/bin/env bash
# "Go back the way you came": from data to the score table, with a shipped small model, on a CPU.
#   examples/pipelines/plan-retrace.sh OUT [TASKS] [BUILD]     TASKS: how many (default 64); called again, it goes on where it was stopped
# A walker is led through a closed room, and told to go back. Each chunk of the way back is asked for as "keep going back", so that the
# way must come from memory: from the walls that were seen. The model, examples/models/maze-retrace, has learned from walks there and back, in other
# rooms, what the words ask for (MODEL: another one, with an idm/ beside its parts). PLAN_FLAGS: more flags of svg-plan, as "--fast-steps 96".
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:?usage: plan-retrace.sh OUT [TASKS] [BUILD]}
tasks=${2:-64}
build=${3:-$root/build/release}
model=${MODEL:-$root/examples/models/maze-retrace}
read -ra flags <<<"${PLAN_FLAGS:-}"
export PATH=$build/bin:$PATH
mkdir -p "$out"
cd "$out"
exec 3>&1 >&2  # what the steps say; the tables alone are the output

[ -d tasks ] || svg-world dataset --profile tiny --split test --script retrace --sentences plain --episodes "$tasks" --seed 3 -o tasks

trap 'kill $(jobs -p) 2>/dev/null || true' EXIT  # where one of two parts fails, the other is stopped

# Some plans to look at: left what was imagined, right what came of it. Beside that, how well actions are read from true and from generated frames.
[ -d plans ] || svg-plan run --model "$model" --idm "$model/idm" --tasks tasks --count 4 --threads 1 -o plans --resume "${flags[@]}" &
[ -f read.txt ] || {
  svg-plan read --model "$model" --idm "$model/idm" --tasks tasks --count "$tasks" --threads 1 >read.partial
  mv read.partial read.txt
}
wait $!

# In two parts, side by side, then the table of both. The row loop is of a model whose memories start where the slow-fast loop has taught them to:
# MODEL/loop, where there is one.
rows=none,temp-lora,swapped,inverse-replay,random,text-only,oracle,oracle-generation,oracle-idm
[ -e "$model/loop" ] && rows+=,loop
score() {
  svg-plan score --model "$model" --loop-model "$model/loop" --idm "$model/idm" --tasks tasks --count "$tasks" --act-noise 0,0.1 --threads 1 -o scores \
    --resume --rows "$rows" "${flags[@]}" "$@"
}
score --shard 1/2 >/dev/null &
score --shard 2/2 >/dev/null
wait $!
score -q >table.txt
cat read.txt table.txt >&3
