// Where the episodes of a revisit evaluation come from, and in which batches they run in step.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/json.h"
#include "libcore/eval/revisit/episode.h"
#include "libcore/world/config.h"

namespace svg::eval {

// Episodes [first, first + count) of a script: all cut alike.
struct RevisitBatch {
  RevisitSetup setup;
  int64_t first = 0, count = 0;
};

class RevisitTasks {
 public:
  virtual ~RevisitTasks() = default;
  virtual std::vector<std::string> scripts() const = 0;
  virtual int64_t episodes(const std::string& script) const = 0;
  // Script by script, in order.
  virtual std::vector<RevisitBatch> batches(int64_t size) const = 0;
  // What episode `index` of a batch's script is called.
  virtual std::string id_of(const RevisitBatch& batch, int64_t index) const = 0;
  // The episode, without latents. `size` WxH: recorded frames are cut and
  // scaled to it.
  struct Size {
    int width = 0, height = 0;
  };
  virtual RevisitEpisode make(const RevisitBatch& batch, int64_t index,
                              const std::optional<Size>& size = std::nullopt) const = 0;
  // What tells these episodes from others, for settings.json.
  virtual ordered_json settings() const = 0;
  // Of the embedded maze; nothing where none made them.
  virtual std::optional<world::WorldConfig> world() const = 0;
};

}  // namespace svg::eval
