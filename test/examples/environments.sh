#!/usr/bin/env bash
# environments.sh BUILD NAME: an adapter of examples/environments, run for real: it keeps the rules, and is recorded from. Status 77, with
# the reason: its engine is not installed.
set -euo pipefail
build=$(realpath "$1")
name=$2
here=$(cd "$(dirname "$0")" && pwd)
adapters=$here/../../examples/environments
python=${SVG_CACHE:-$HOME/.cache/svg}/environments/$name/bin/python
[ -f "${python%/bin/python}/.complete" ] || { echo "skipped: $name is not installed: cmake/bootstrap.sh --environments"; exit 77; }
export PATH=$build/bin:$PATH
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
command="'$python' '$adapters/${name//-/_}_env.py'"
if [ "$name" = mujoco ]; then
  # Without a way to draw off-screen there is nothing to test.
  if ! "$python" -c 'import os; os.environ.setdefault("MUJOCO_GL", "egl"); import mujoco; mujoco.Renderer(mujoco.MjModel.from_xml_string("<mujoco/>"), 8, 8)' 2>why; then
    echo "skipped: MuJoCo cannot draw here: $(tail -n 1 why)"
    exit 77
  fi
  # A closed gripper takes a cube along, and an open one leaves it.
  (cd "$adapters" && "$python" - <<'P'
from mujoco_env import Table
table = Table(16)
table.reset(1, 2, None)
name = table.names[0]
def go(to, **more):
    for _ in range(60):
        at = table.data.mocap_pos[0]
        step = {"dx": max(-.05, min(.05, to[0] - at[0])), "dy": max(-.05, min(.05, to[1] - at[1])), "dz": max(-.1, min(.1, to[2] - at[2]))}
        table.step({"close": 0, "orbit": 0, **step, **more})
x, y, _ = table.place(name)
go([x, y, .1])
table.step({"dx": 0, "dy": 0, "dz": 0, "close": 1, "orbit": 0})
assert table.held == name, table.held
others = [table.place(other) for other in table.names[1:]]
free = next([u / 10, v / 10, .2] for u in range(2, 9) for v in range(2, 9)
            if all(max(abs(u / 10 - o[0]), abs(v / 10 - o[1])) > .2 for o in others + [[x, y]]))
go([x, y, .2], close=1)
go(free, close=1)
lifted = table.place(name)
assert abs(lifted[0] - free[0]) < .03 and abs(lifted[1] - free[1]) < .03 and lifted[2] > .08, lifted
go(free)
down = table.place(name)
assert down[2] < .07, down
P
  )
fi
svg-world check "$command" 2>said || { cat said; exit 1; }
svg-plan record -q --progress never --env "$command" --episodes 2 --chunks 3 --time-limit 120 -o data
svg-inspect --verify data
