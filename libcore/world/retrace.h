// The task "go back the way you came": a guided walk whose every view is another, so that what was
// seen from each place tells where the walk came from, and nothing else does: turns and steps of a
// kind are equally likely everywhere, and walls wear what chance gives them.
#pragma once
#include "libcore/world/episode.h"

namespace svg::world {

// A walk of `chunks` chunks, the first of them still: never twice at one pose between chunks, at
// least a third of its chunks walked, two turned, and its end some steps away from its start.
// Throws Error{Usage} where the scene has no room for one.
Route retrace_route(const Scene& scene, int chunks, Random& random);
// The same walk and the way back, for training: `chunks` in all, those of the way back said to be
// no more than that (Act::back).
Route there_and_back_route(const Scene& scene, int chunks, Random& random);

// The line of tasks.jsonl: all of the episode is shown; waypoints are the places between its
// chunks, the start first; `reversal` is what any of it, played backwards, is an example of.
ordered_json retrace_task(const Episode& episode);

}  // namespace svg::world
