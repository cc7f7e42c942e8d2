// How well an inverse dynamics model reads true frames and frames that a model generates, move by
// move (svg-plan read). Where the past of a task ends, each move that the environment names and
// that nothing blocks there is done for a chunk: its true frames, and the same through the
// autoencoder. And each is asked of the model by its sentence, from the same past, without a
// memory. Whether such a chunk is read rightly has two sides, kept apart:
//   as asked  what is read is the move that was asked for: obedience of the model, and reading
//   as shown  what is read is the move that the chunk shows, whatever was asked. An observer says
//             so who has no part in the inverse model: the move whose true frames, through the
//             same autoencoder, are nearest in pixels.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/eval/bootstrap.h"
#include "libcore/world/environment/process_environment.h"

namespace svg::plan {

struct ReadingSettings {
  std::string model, idm, tasks, command;
  world::TimeLimits limits;
  int count = 64, batch = 16;
  int jobs = 1;
  ordered_json run;  // as session::RunOptions::settings
};

// Shares of frames whose whole action is read right, over tasks; `shown`: of chunks that show what
// was asked for.
struct MoveReading {
  std::string move;    // its sentence
  int64_t chunks = 0;  // of each kind
  eval::Interval recorded, coded, shown, as_asked, as_shown;
};

// A row a move, and one of all. Throws Error{Usage} where the environment has no snapshots or names
// no moves, Error{Data, Unavailable} where it fails in every task, Error{Config} where sizes do not
// fit, Error{Stopped}.
std::vector<MoveReading> measure_reading(const ReadingSettings& settings, Context& context);

}  // namespace svg::plan
