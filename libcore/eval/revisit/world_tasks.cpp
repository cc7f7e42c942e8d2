#include "libcore/eval/revisit/world_tasks.h"

#include <algorithm>

namespace svg::eval {

WorldTasks::WorldTasks(WorldTaskSettings settings)
    : settings_(std::move(settings)), config_(world::make_config({.profile = settings_.profile})) {
  for (const auto& script : settings_.scripts)
    revisit_setup(script, settings_.chunks, settings_.own);
}

std::vector<RevisitBatch> WorldTasks::batches(int64_t size) const {
  std::vector<RevisitBatch> batches;
  for (const auto& script : settings_.scripts) {
    const auto setup = revisit_setup(script, settings_.chunks, settings_.own);
    for (int64_t first = 0; first < settings_.episodes; first += size)
      batches.push_back({setup, first, std::min(size, settings_.episodes - first)});
  }
  return batches;
}

std::string WorldTasks::id_of(const RevisitBatch& batch, int64_t index) const {
  return revisit_id(batch.setup, index);
}

RevisitEpisode WorldTasks::make(const RevisitBatch& batch, int64_t index,
                                const std::optional<Size>&) const {
  return make_revisit_episode(config_, batch.setup, settings_.split, settings_.seed, index);
}

ordered_json WorldTasks::settings() const {
  ordered_json settings{{"world", settings_.profile + " " + world::config_digest(config_)},
                        {"split", settings_.split},
                        {"chunks", settings_.chunks}};
  if (settings_.own) settings["self"] = true;
  return settings;
}

}  // namespace svg::eval
