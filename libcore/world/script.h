// What happens in an episode: the random walks that models train on, and the scripts that come back
// to where they have been. Every script opens with one chunk of standing still (the input that
// generation starts from), then goes through cycles that end exactly where they began, until the
// chunks are used up; the last cycle may be cut off.
#pragma once
#include <span>
#include <string>

#include "libcore/world/route.h"

namespace svg::world {

struct ScriptInfo {
  const char* name;
  const char* summary;
  bool one_room;  // has a meaning in the closed room of tiny and small; all have one in the others
};
std::span<const ScriptInfo> all_scripts();

// Throws Error{Usage} for an unknown name, a script without meaning in this profile, or too few
// chunks for one cycle.
Route make_route(const Scene& scene, const std::string& script, int chunks, Random& random);

}  // namespace svg::world
