// svg-world: worlds with ground truth, as single episodes and as data sets. Torch-free.
#pragma once
#include <functional>
#include <string>

#include "libcore/base/context.h"
#include "libcore/session/report.h"
#include "libcore/world/episode.h"

namespace svg::session {

struct WorldOptions {
  std::string world = "maze";
  world::ConfigChoice choice;
  std::string size;       // WxH; empty: the profile's
  std::string script;     // empty: walk, on the table play
  std::string chunks;     // N, of a data set also LO:HI; empty: as the script asks for
  std::string sentences;  // empty: plain for one episode, train for a data set
  std::string folder;     // to write
  bool flow = false;      // also depth, and the exact flow to the next frame
  bool force = false;     // replaces it
};

struct WorldRolloutOptions : WorldOptions {
  world::Seeds seeds;
  std::string path;  // seed of the path and its sentences; empty: the run's seed
};

struct WorldDatasetOptions : WorldOptions {
  std::string split = "train";
  int episodes = 0;
  int jobs = 1;        // threads; they do not change the result
  bool faces = false;  // also the face ids of every pixel
};

// Throw Error{Usage} for an unknown name or a malformed number, else as write_rollout() and
// write_dataset().
void world_rollout(const WorldRolloutOptions&, Context&);
void world_dataset(const WorldDatasetOptions&, Context&);

// Serves the world on standard input, standard output and descriptor 3 until the client has gone.
// Throws Error{Usage} where nothing can be written on descriptor 3.
void world_serve(const WorldOptions&);

struct WorldCheckOptions {
  std::string command;
  double time_limit = 0;  // seconds for each operation; 0: those of the protocol
};
// Hands over a line, and the same as JSON, for each check. Returns the exit code: 1 where a rule
// is broken.
int world_check(const WorldCheckOptions&,
                const std::function<void(const std::string&, const ordered_json&)>& show);
// The worlds, profiles and scripts that there are.
Report world_list();

}  // namespace svg::session
