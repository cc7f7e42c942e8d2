#!/usr/bin/env python3
"""Memory Maze as an environment (formats/environment.md): the benchmark that CoME and TECO report on.

    svg-plan record --env '~/.cache/svg/environments/memory-maze/bin/python examples/environments/memory_maze_env.py' --time-limit 120 ...

Needs Python 3.10 (its physics has no wheels for later ones) and MUJOCO_GL=egl. Its six actions are discrete: a frame takes the turn, else the
walk, that is asked for more. Poses are the agent's true place and heading; `geometry` is the seed of layout and colours, which the engine
draws together.
"""
import math
import os

os.environ.setdefault("MUJOCO_GL", "egl")

from adapter import Adapter, serve  # noqa: E402

# Its actions: nothing, forward, left, right, forward and left, forward and right.
NOTHING, FORWARD, LEFT, RIGHT = 0, 1, 2, 3


class MemoryMaze(Adapter):
    def __init__(self):
        import gym
        import memory_maze  # noqa: F401: registers the environments

        self.gym, self.env = gym, None
        moves = [{"text": "stand still", "inverse": "stand still", "act": {}},
                 {"text": "turn left", "inverse": "turn right", "act": {"turn": 1}},
                 {"text": "turn right", "inverse": "turn left", "act": {"turn": -1}},
                 {"text": "walk forward", "act": {"fwd": 1}}]
        self.hello = {"env": "memory-maze", "ver": "1.0.3 9x9", "licence": "MIT", "h": 64, "w": 64, "fps": 4, "det": True, "caps": ["pose"],
                      "act": {"turn": ["step", -1, 1], "fwd": ["step", 0, 1]}, "pose": ["x", "y", "yaw"], "chunk": 4, "moves": moves}

    def look(self, seen):
        x, y = (float(v) for v in seen["agent_pos"])
        yaw = math.degrees(math.atan2(*(float(v) for v in seen["agent_dir"][::-1]))) % 360
        return seen["image"].tobytes(), [x, y, yaw], {"targets": [[float(v) for v in place] for place in seen["targets_pos"]]}

    def reset(self, geometry, appearance, start):
        if self.env:
            self.env.close()
        self.env = self.gym.make("memory_maze:MemoryMaze-9x9-ExtraObs-v0", seed=geometry % (1 << 31), disable_env_checker=True)
        seen = self.env.reset()
        return self.look(seen[0] if isinstance(seen, tuple) else seen)

    def step(self, action):
        turn, fwd = action["turn"], action["fwd"]
        chosen = NOTHING
        if max(abs(turn), fwd) >= .5:
            chosen = FORWARD if fwd > abs(turn) else LEFT if turn > 0 else RIGHT
        seen, _, *done, _ = self.env.step(chosen)
        return (*self.look(seen), False, any(done))

    def close(self):
        if self.env:
            self.env.close()


if __name__ == "__main__":
    serve(MemoryMaze())
