#!/usr/bin/env python3
"""ViZDoom as an environment (formats/environment.md): many rooms, seen from a walker's eye.

    svg-plan record --env '~/.cache/svg/environments/vizdoom/bin/python examples/environments/vizdoom_env.py' ...

--size 32x24: 160x120 pixels averaged over squares (160x120, 80x60, 40x30, 32x24, 20x15).
Doom's walkers have inertia, and a walk cannot be undone. So places are set by the console's `warp` (whole map units), and only turns
are the engine's own: a pose is exactly where the actions lead, and a wall (a line that blocks, nearer than 24 units) stops it.
The seed `geometry` chooses where one begins; the map is one (my_way_home), and `appearance` changes nothing.
"""
import argparse
import math
import os
import sys
import tempfile

from adapter import Adapter, Refused, serve

MARGIN = 24  # map units between a walker and a wall


class Doom(Adapter):
    def __init__(self, width, height):
        import numpy
        import vizdoom

        self.numpy, self.vizdoom = numpy, vizdoom
        if 160 % width or 120 % height or 160 // width != 120 // height:
            sys.exit(f"vizdoom_env.py: --size {width}x{height}: expected 160x120 divided by a whole number")
        self.factor = 160 // width
        turn, walk = 11.25, 12
        self.hello = {
            "env": "vizdoom", "ver": f"{vizdoom.__version__} my_way_home {width}x{height}", "licence": "Freedoom: BSD-3-Clause",
            "h": height, "w": width, "fps": 10, "det": True, "caps": ["pose", "teleport"],
            "act": {"turn": ["deg", -15, 15], "fwd": ["unit", -16, 16]}, "pose": ["x", "y", "yaw"], "chunk": 4,
            "moves": [{"text": "stand still", "inverse": "stand still", "act": {}},
                      {"text": "turn left 45 degrees", "inverse": "turn right 45 degrees", "act": {"turn": turn}},
                      {"text": "turn right 45 degrees", "inverse": "turn left 45 degrees", "act": {"turn": -turn}},
                      {"text": "walk forward 48 units", "inverse": "walk back 48 units", "act": {"fwd": walk}},
                      {"text": "walk back 48 units", "inverse": "walk forward 48 units", "act": {"fwd": -walk}}]}
        game = vizdoom.DoomGame()
        game.set_doom_scenario_path(os.path.join(vizdoom.scenarios_path, "my_way_home.wad"))
        game.set_doom_map("map01")
        game.set_window_visible(False)
        game.set_sound_enabled(False)
        game.set_screen_resolution(vizdoom.ScreenResolution.RES_160X120)
        game.set_screen_format(vizdoom.ScreenFormat.RGB24)
        for part in ("hud", "weapon", "crosshair", "decals", "particles", "effects_sprites", "messages", "corpses",
                     "screen_flashes"):
            getattr(game, f"set_render_{part}")(False)
        game.set_sectors_info_enabled(True)
        game.set_available_buttons([vizdoom.Button.TURN_LEFT_RIGHT_DELTA])
        game.set_available_game_variables([vizdoom.GameVariable.POSITION_X, vizdoom.GameVariable.POSITION_Y,
                                           vizdoom.GameVariable.ANGLE])
        game.set_episode_timeout(0)
        game.set_mode(vizdoom.Mode.PLAYER)
        self.game, self.begun = game, False

    def look(self):
        numpy, f = self.numpy, self.factor
        state = self.game.get_state()
        screen = state.screen_buffer.reshape(120 // f, f, 160 // f, f, 3)
        frame = numpy.floor(screen.mean(axis=(1, 3)) + 0.5).astype(numpy.uint8)
        x, y, yaw = (float(v) for v in state.game_variables)
        return frame.tobytes(), [x, y, yaw % 360]

    def reset(self, geometry, appearance, start):
        self.game.set_seed(geometry % (1 << 31))
        if not self.begun:
            # The engine leaves settings and a folder where it stands: there, and gone when this process ends.
            self.litter = tempfile.TemporaryDirectory(prefix="vizdoom-")
            os.chdir(self.litter.name)
            self.game.init()
            self.begun = True
        self.game.new_episode()
        self.walls = []
        for sector in self.game.get_state().sectors:
            self.walls += [(line.x1, line.y1, line.x2, line.y2) for line in sector.lines if line.is_blocking]
        if start is not None:
            return self.teleport(start)
        frame, pose = self.look()
        # Where seeds put one is no whole number of units, and warp knows no others.
        return self.teleport([round(pose[0]), round(pose[1]), pose[2]])

    def clear(self, x, y):
        for x1, y1, x2, y2 in self.walls:
            dx, dy = x2 - x1, y2 - y1
            t = max(0.0, min(1.0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy or 1)))
            if math.hypot(x - x1 - t * dx, y - y1 - t * dy) < MARGIN:
                return False
        return True

    def advance(self, turn, x, y):
        self.game.send_game_command(f"warp {round(x)} {round(y)}")
        self.game.make_action([-turn], 1)

    def teleport(self, pose):
        if len(pose) != 3:
            raise Refused("pose: expected x, y, yaw")
        for _ in range(4):  # a turn is at most half a circle, and comes with the next tic
            _, now = self.look()
            self.advance(max(-90.0, min(90.0, math.remainder(pose[2] - now[2], 360))), pose[0], pose[1])
        frame, now = self.look()
        self.x, self.y = float(pose[0]), float(pose[1])
        return frame, now, {}

    def step(self, action):
        _, now = self.look()
        heading = math.radians(now[2] + action["turn"])
        x, y = self.x + action["fwd"] * math.cos(heading), self.y + action["fwd"] * math.sin(heading)
        hit = action["fwd"] != 0 and not self.clear(x, y)
        if not hit:
            self.x, self.y = x, y  # what is less than a unit is not lost
        before = self.look()
        self.advance(action["turn"], self.x, self.y)
        if self.game.is_episode_finished():  # the vest is found: there is nothing more to see
            return before[0], before[1], {}, hit, True
        frame, pose = self.look()
        return frame, pose, {}, hit, False

    def close(self):
        if self.begun:
            self.game.close()  # else the engine outlives us
            os.chdir("/")
            self.litter.cleanup()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", default="32x24")
    width, height = (int(n) for n in parser.parse_args().size.split("x"))
    serve(Doom(width, height))


if __name__ == "__main__":
    main()
