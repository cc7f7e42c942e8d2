// What one chunk does on the table, and how it is said. Frames and chunks are tied as in action.h.
// A chunk is closed loop: each frame's motion is computed from where things are.
#pragma once
#include <string>

#include "libcore/base/json.h"
#include "libcore/world/action.h"
#include "libcore/world/table/table_scene.h"

namespace svg::world {

enum class TableVerb {
  Stay,
  MoveTo,    // the gripper over a cube
  Push,      // the cube beneath the gripper, along the table: down, along, up
  PickUp,    // the cube beneath the gripper
  Carry,     // the held cube
  ToGoal,    // the held cube over its place in the goal area
  Back,      // the held cube over the place where it stood at the start
  WhereWas,  // the held cube over the place that `other` had in the goal area
  Drop,
  Rest,  // the gripper to its resting place
  OrbitLeft,
  OrbitRight,
  Fumble  // the gripper anywhere, open or shut
};
enum class Way { Left, Right, Up, Down };  // as the camera sees it; up = away

struct TableAct {
  TableVerb verb = TableVerb::Stay;
  int cube = -1;  // of the scene
  Way way = Way::Left;
  int amount = 0;  // degrees of an orbit
  int other = -1;  // cube
  int seed = 0;    // of a fumble
  bool operator==(const TableAct&) const = default;
};

// Frame i of the F frames of a chunk.
TableMotion motion_of(const TableScene& scene, const TableState& state, const TableAct& act, int i);
// Where a chunk that carries or moves to something leads; for other verbs where the gripper is.
Spot target_of(const TableScene& scene, const TableState& state, const TableAct& act);

// {"verb": "push", "object": "red cube", "to": "left"}
ordered_json to_json(const TableScene& scene, const TableAct& act);
// The action that undoes it, in `undone`; false: there is none that a sentence could name.
bool undoes(const TableAct& act, TableAct& undone);
// The same where it is known what it is done in, `before`: a held cube that is carried away from
// its place at the start, or from its place in the goal area, can be carried back there.
bool undoes(const TableScene& scene, const TableState& before, const TableAct& act,
            TableAct& undone);

Phrase draw_phrase(const TableAct& act, Sentences bank, Random& random);
std::string sentence(const TableScene& scene, const TableAct& act, Phrase phrase);

}  // namespace svg::world
