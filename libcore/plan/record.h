// Rolls a policy in an environment into a data set: episodes.jsonl, chunks.jsonl, and the frames,
// poses and actions of each episode in files of its own. Frames and chunks are tied as in
// world/action.h: frame 0 is that of the reset, chunk 0 moves one frame less. Torch-free.
//
// An episode whose environment fails again and again keeps the whole chunks of its last attempt;
// its line says "failed", and why. The set grows as NAME.partial, episode by episode, and is
// renamed when all are there; `resume` keeps the whole episodes of a stopped run, and tries failed
// ones again. The same settings and a deterministic environment give the same bytes, with any
// number of jobs and any stops.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "libcore/base/error.h"
#include "libcore/world/environment/process_environment.h"

namespace svg::plan {

struct RecordSettings {
  std::string command;  // starts the environment
  world::TimeLimits limits;
  std::string folder;
  int episodes = 0;
  int min_chunks = 0, max_chunks = 0;
  int frames = 0;      // of a chunk; 0: what the environment says, else 16
  std::string moves;   // file of moves; empty: the environment's own
  std::string script;  // file of sentences; empty: a random walk
  std::string split = "train";
  bool retrace = false;  // also write a task for each episode: back the way it came
  uint64_t seed = 0;
  int jobs = 1;  // environments at a time
  bool resume = false;
};

struct FailedEpisode {
  int episode = 0;
  ErrorKind kind = ErrorKind::Data;
  std::string what;
  int frames = 0;  // of its last attempt's whole chunks, which are kept
};
struct RecordReport {
  int episodes = 0, kept = 0;         // written now, and by an earlier run
  int64_t frames = 0;                 // of those
  int hits = 0;                       // chunks of them in which something stopped the motion
  std::vector<FailedEpisode> failed;  // after three attempts; in failed.jsonl too
};

// `progress` gets the number of finished episodes, one call at a time. Throws Error{CannotCreate,
// Io}, Data or Unavailable where the environment cannot be had at all or no episode succeeded,
// Stopped after a signal.
RecordReport record(const RecordSettings& settings, const std::function<void(int)>& progress);

}  // namespace svg::plan
