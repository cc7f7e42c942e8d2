// One environment that a policy is rolled in, episode after episode (record.h). Torch-free.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libcore/plan/acted.h"
#include "libcore/plan/record.h"

namespace svg::plan {

class Recorder {
 public:
  // Files go to `folder`. Both live as long as this.
  Recorder(const RecordSettings& settings, const std::string& folder);

  // Starts the environment. Throws as ProcessEnvironment, Error{Usage, Data} where the settings do
  // not suit what it says of itself.
  void begin();
  // Records an episode: its files, and what episode_path() names, last. Three attempts, each
  // with a fresh environment; of the last one the whole chunks are kept, and the failure is
  // returned. Throws Error{Stopped} after a signal, and what is no fault of the environment.
  std::optional<FailedEpisode> episode(int index);

 private:
  struct Seeds {
    uint64_t geometry = 0, appearance = 0, path = 0;
    int chunks = 0;
  };
  // An episode as it grows, in whole chunks.
  struct Recording {
    Acted acted;
    std::vector<ordered_json> chunks;
    int hits = 0;
  };

  world::ProcessEnvironment& running();
  Seeds seeds_of(int index) const;
  void roll(const Seeds& seeds, Recording& r);
  ordered_json retrace_task(const std::string& id, const Acted& acted, size_t chunks) const;
  void write(int index, const Seeds& seeds, const Recording& r, const FailedEpisode* failed) const;

  const RecordSettings& o_;
  const std::string& folder_;
  std::unique_ptr<world::ProcessEnvironment> environment_;
  world::EnvironmentFacts facts_;
  int frames_ = 0;  // of a chunk
  std::vector<world::Move> moves_, script_;
};

// JSON: "line" of episodes.jsonl, "chunks", "hits", perhaps "task", and "failed" where it is not
// whole.
std::string episode_path(const std::string& folder, int index);

}  // namespace svg::plan
