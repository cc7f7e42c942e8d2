// Revisit episodes out of a manifest: recorded data of any world, or tasks that svg-eval wrote of
// the embedded maze for others to do (formats/manifest.md).
//
// An episode is the frames of its chunks' outputs, all of one length (the last may be shorter and
// is left out then). A line of tasks.jsonl of kind "revisit" says which are given ("ctx"); chunks
// that are not wholly in it are generated. What comes back is what the chunks' "visits" say, or
// else what the poses say.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "formats/data/manifest.h"
#include "libcore/eval/revisit/tasks.h"

namespace svg::eval {

struct RecordedTaskSettings {
  std::string folder;
  std::vector<std::string> scripts{};  // empty: all
  int64_t episodes = 0;                // of each script; 0: all
  int64_t given = 0;                   // frames, of a manifest without tasks of kind "revisit"
  PlaceRule places{};
};

class RecordedTasks : public RevisitTasks {
 public:
  // Throws Error{NoInput, Data} for a bad manifest, Error{Config} where it has nothing to ask,
  // Error{Usage} for a script that it does not have.
  explicit RecordedTasks(RecordedTaskSettings settings);
  std::vector<std::string> scripts() const override { return scripts_; }
  int64_t episodes(const std::string& script) const override {
    return static_cast<int64_t>(tasks_.at(script).size());
  }
  std::vector<RevisitBatch> batches(int64_t size) const override;
  // Throws what libcore/video's readers do, Error{Data} for side files that are too short.
  std::string id_of(const RevisitBatch& batch, int64_t index) const override {
    return task_of(batch, index).ep;
  }
  RevisitEpisode make(const RevisitBatch&, int64_t index,
                      const std::optional<Size>& size = std::nullopt) const override;
  ordered_json settings() const override;
  std::optional<world::WorldConfig> world() const override { return world_; }

 private:
  struct Task {
    std::string ep;
    RevisitSetup setup;
    int64_t chunk_frames = 0;
    RevisitEpisode::Recording recording;
    std::optional<world::WorldConfig> world;  // that remakes it from its seeds
  };
  const Task& task_of(const RevisitBatch&, int64_t index) const;
  void add(const std::string& ep, const std::string& script, int64_t given);
  std::optional<world::WorldConfig> maker_of(const formats::EpisodeRow&, const std::string& script);
  RevisitEpisode remade(const Task&) const;
  RevisitEpisode recorded(const Task&, const std::optional<Size>&) const;

  RecordedTaskSettings settings_;
  std::shared_ptr<formats::Manifest> manifest_;
  std::vector<std::string> scripts_;                // in the order of the tasks
  std::map<std::string, std::vector<Task>> tasks_;  // by script
  std::optional<world::WorldConfig> world_;
  std::string digest_;
};

}  // namespace svg::eval
