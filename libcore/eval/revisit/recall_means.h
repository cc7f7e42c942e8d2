// Recall over the queries of an episode: mean over faces, then frames (metrics.md 2.7), and by gap.
// Torch-free.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "libcore/eval/mean.h"
#include "libcore/world/recall.h"

namespace svg::eval {

// NaN where nothing was asked.
struct RecallScores {
  double top1 = 0, rank = 0, palette = 0, near = 0;
  double dropped = 0;                    // queries whose candidates cannot be told apart
  std::map<std::string, double> by_gap;  // bucket -> top1
};

class RecallMeans {
 public:
  // `near`: the answer where the pose may be off.
  void add(const world::RecallQuery& query, const world::FaceScore& score,
           const std::optional<world::FaceScore>& near = std::nullopt);
  void drop() { ++dropped_; }
  RecallScores finish() const;

 private:
  struct Means {
    Mean top1, rank, palette, near;
    std::map<std::string, Mean> by_gap;
  };

  std::map<int, Means> by_frame_;
  int64_t dropped_ = 0;
};

}  // namespace svg::eval
