#!/usr/bin/env python3
"""The table with cubes in MuJoCo: the twin of `svg-world serve --world table`, with physics (formats/environment.md).

    svg-world check '~/.cache/svg/environments/mujoco/bin/python examples/environments/mujoco_env.py'

The same actions (dx, dy, dz, close, orbit), poses (x, y, z of the gripper, yaw of the camera) and objects as the table's; lengths in
sides of the table. The seed `geometry` places the cubes, `appearance` colours them and the panels around. A gripper that closes low over
a cube holds it; 10 steps of physics a frame. Off-screen through EGL, or OSMesa (MUJOCO_GL=osmesa).
"""
import argparse
import math
import os
import random

os.environ.setdefault("MUJOCO_GL", "egl")

from adapter import Adapter, Refused, serve  # noqa: E402

COLOURS = {"red": (214, 40, 40), "blue": (44, 84, 220), "yellow": (236, 210, 40), "purple": (150, 50, 190), "orange": (240, 140, 30),
           "white": (236, 236, 236)}
CUBES, SIDE, HIGH, APART, STEPS = 3, 0.1, 0.25, 0.2, 10


def rgba(colour):
    return " ".join(f"{c / 255:.4f}" for c in colour) + " 1"


def scene(geometry, appearance):
    places, looks = random.Random(geometry), random.Random(appearance)
    names = looks.sample(sorted(COLOURS), CUBES)
    spots = []
    while len(spots) < CUBES:
        spot = (places.uniform(0.12, 0.88), places.uniform(0.12, 0.88))
        if all(max(abs(spot[0] - x), abs(spot[1] - y)) >= APART for x, y in spots):
            spots.append(spot)
    panels = "".join(
        f'<geom type="box" size=".3 .01 .35" pos="{.5 + .95 * math.cos(a):.5f} {.5 + .95 * math.sin(a):.5f} .2" '
        f'euler="0 0 {math.degrees(a) + 90:.3f}" rgba="{rgba([looks.randrange(40, 240) for _ in range(3)])}" contype="0" conaffinity="0"/>'
        for a in (2 * math.pi * k / 8 for k in range(8)))
    cubes = "".join(
        f'<body name="{name}" pos="{x:.5f} {y:.5f} {SIDE / 2}"><freejoint/><geom type="box" size="{SIDE / 2} {SIDE / 2} {SIDE / 2}" '
        f'rgba="{rgba(COLOURS[name])}" mass=".05" friction="1"/></body>' for name, (x, y) in zip(names, spots))
    welds = "".join(f'<weld name="hold {name}" body1="gripper" body2="{name}" active="false"/>' for name in names)
    return names, f"""<mujoco><compiler angle="degree"/><option timestep=".005"/>
<visual><quality shadowsize="0" offsamples="0"/><headlight ambient=".6 .6 .6" diffuse=".4 .4 .4" specular="0 0 0"/></visual>
<worldbody><geom type="box" size=".5 .5 .02" pos=".5 .5 -.02" rgba=".8 .8 .78 1"/>
<geom type="box" size=".15 .15 .001" pos=".5 .18 .0005" rgba=".3 .7 .3 1" contype="0" conaffinity="0"/>{panels}{cubes}
<body name="gripper" mocap="true" pos=".5 .5 {HIGH}"><geom type="cylinder" size=".04 .01" rgba=".2 .2 .2 1" contype="0" conaffinity="0"/></body>
</worldbody><equality>{welds}</equality></mujoco>"""


class Table(Adapter):
    def __init__(self, size):
        import mujoco

        self.mujoco, self.size = mujoco, size
        still = {}
        self.hello = {
            "env": "mujoco-table", "ver": f"{mujoco.__version__} {size}x{size}", "licence": "CC0-1.0", "h": size, "w": size, "fps": 10,
            "det": True, "caps": ["pose", "teleport", "snapshot", "objects"],
            "act": {"dx": ["side", -.06, .06], "dy": ["side", -.06, .06], "dz": ["side", -.1, .1], "close": ["", 0, 1],
                    "orbit": ["deg", -15, 15]},
            "pose": ["x", "y", "z", "yaw"], "chunk": 4,
            "moves": [{"text": "stand still", "inverse": "stand still", "act": still},
                      {"text": "orbit left 45 degrees", "inverse": "orbit right 45 degrees", "act": {"orbit": 11.25}},
                      {"text": "orbit right 45 degrees", "inverse": "orbit left 45 degrees", "act": {"orbit": -11.25}}] +
                     [{"text": f"move {way}", "inverse": f"move {back}", "act": act} for way, back, act in (
                         ("left", "right", {"dx": -.05}), ("right", "left", {"dx": .05}), ("up", "down", {"dy": .05}),
                         ("down", "up", {"dy": -.05}))]}
        self.renderer = None

    def load(self, geometry, appearance):
        self.seeds = [geometry, appearance]
        self.names, xml = scene(geometry, appearance)
        self.model = self.mujoco.MjModel.from_xml_string(xml)
        self.data = self.mujoco.MjData(self.model)
        self.yaw, self.held = 90.0, None
        if self.renderer:
            self.renderer.close()
        self.renderer = self.mujoco.Renderer(self.model, self.size, self.size)
        for flag in ("mjRND_SHADOW", "mjRND_REFLECTION"):
            self.renderer.scene.flags[getattr(self.mujoco.mjtRndFlag, flag)] = 0
        self.mujoco.mj_forward(self.model, self.data)

    def place(self, name):
        return [float(v) for v in self.data.body(name).xpos]

    def look(self):
        camera = self.mujoco.MjvCamera()
        camera.lookat, camera.distance, camera.elevation, camera.azimuth = [.5, .5, .02], 1.7, -45, self.yaw
        self.renderer.update_scene(self.data, camera)
        x, y, z = (float(v) for v in self.data.mocap_pos[0])
        objects = [dict(zip(("name", "x", "y", "z"), [name + " cube", *self.place(name)]), yaw=0.0, held=name == self.held)
                   for name in self.names]
        return self.renderer.render().tobytes(), [x, y, z, self.yaw % 360], {"objects": objects}

    def reset(self, geometry, appearance, start):
        self.load(geometry, appearance)
        return self.teleport(start) if start is not None else self.look()

    def hold(self, name):
        for other in self.names:
            self.data.eq_active[self.model.equality("hold " + other).id] = other == name
        if name:  # as it lies now, relative to the gripper
            weld = self.model.equality("hold " + name).id
            relative = self.data.body(name).xpos - self.data.mocap_pos[0]
            self.model.eq_data[weld, 0:3] = 0
            self.model.eq_data[weld, 3:6] = relative
            self.model.eq_data[weld, 6:10] = self.data.body(name).xquat
        self.held = name

    def step(self, action):
        self.yaw += action["orbit"]
        grip = self.data.mocap_pos[0]
        if action["close"] >= .5 and not self.held and grip[2] <= SIDE + .03:
            near = [n for n in self.names if max(abs(self.place(n)[i] - grip[i]) for i in (0, 1)) <= SIDE / 4]
            if near:
                self.hold(near[0])
        elif action["close"] < .5 and self.held:
            self.hold(None)
        # To the right and away, as the camera sees it.
        s, c = math.sin(math.radians(self.yaw)), math.cos(math.radians(self.yaw))
        moves = [action["dx"] * s + action["dy"] * c, -action["dx"] * c + action["dy"] * s, action["dz"]]
        hit = False
        for i, (least, most) in enumerate([(0, 1), (0, 1), (SIDE, HIGH)]):
            to = grip[i] + moves[i]
            hit = hit or not least - 1e-9 <= to <= most + 1e-9
            moves[i] = min(max(to, least), most) - grip[i]
        for _ in range(STEPS):
            for i in range(3):
                grip[i] += moves[i] / STEPS
            self.mujoco.mj_step(self.model, self.data)
        return (*self.look(), hit, False)

    def teleport(self, pose):
        if len(pose) != 4 or not all(0 <= v <= 1 for v in pose[:2]):
            raise Refused("pose: expected x, y (0 to 1), z, yaw")
        self.hold(None)
        self.data.mocap_pos[0] = [pose[0], pose[1], min(max(pose[2], SIDE), HIGH)]
        self.yaw = float(pose[3])
        self.mujoco.mj_forward(self.model, self.data)
        return self.look()

    def save(self):
        weld = {n: self.model.eq_data[self.model.equality("hold " + n).id].tolist() for n in self.names}
        return {"seeds": self.seeds, "qpos": self.data.qpos.tolist(), "qvel": self.data.qvel.tolist(), "time": self.data.time,
                "warm": self.data.qacc_warmstart.tolist(), "grip": self.data.mocap_pos[0].tolist(), "yaw": self.yaw, "held": self.held, "weld": weld}

    def restore(self, snap):
        self.load(*snap["seeds"])
        self.data.qpos[:], self.data.qvel[:], self.data.time = snap["qpos"], snap["qvel"], snap["time"]
        self.data.mocap_pos[0], self.yaw = snap["grip"], snap["yaw"]
        for name in self.names:
            self.model.eq_data[self.model.equality("hold " + name).id] = snap["weld"][name]
            self.data.eq_active[self.model.equality("hold " + name).id] = name == snap["held"]
        self.held = snap["held"]
        self.mujoco.mj_forward(self.model, self.data)
        self.data.qacc_warmstart[:] = snap["warm"]
        return self.look()

    def state(self):
        return {**self.look()[2], "side": SIDE, "goal": {"x": .5, "y": .18, "side": .3}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, default=32, help="pixels of a side")
    serve(Table(parser.parse_args().size))


if __name__ == "__main__":
    main()
