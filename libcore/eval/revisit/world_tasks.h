// Revisit episodes out of the embedded maze, made as they are needed.
#pragma once
#include <string>
#include <vector>

#include "libcore/eval/revisit/tasks.h"

namespace svg::eval {

struct WorldTaskSettings {
  std::string profile = "tiny";
  std::string split = "test";
  std::vector<std::string> scripts{};
  int64_t episodes = 0;  // of each script
  int64_t chunks = 0;    // of an episode; 0: up to the first return
  bool own = false;      // the first chunk alone is given
  uint64_t seed = 0;
};

class WorldTasks : public RevisitTasks {
 public:
  // Throws Error{Usage} for an unknown profile or script, or too few chunks.
  explicit WorldTasks(WorldTaskSettings settings);
  std::vector<std::string> scripts() const override { return settings_.scripts; }
  int64_t episodes(const std::string&) const override { return settings_.episodes; }
  std::vector<RevisitBatch> batches(int64_t size) const override;
  std::string id_of(const RevisitBatch&, int64_t index) const override;
  RevisitEpisode make(const RevisitBatch&, int64_t index,
                      const std::optional<Size>& size = std::nullopt) const override;
  ordered_json settings() const override;
  std::optional<world::WorldConfig> world() const override { return config_; }

 private:
  WorldTaskSettings settings_;
  world::WorldConfig config_;
};

}  // namespace svg::eval
