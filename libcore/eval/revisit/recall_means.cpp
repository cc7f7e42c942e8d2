#include "libcore/eval/revisit/recall_means.h"

#include "libcore/eval/revisit/gaps.h"

namespace svg::eval {

void RecallMeans::add(const world::RecallQuery& query, const world::FaceScore& score,
                      const std::optional<world::FaceScore>& near) {
  auto& means = by_frame_[query.frame];
  means.top1.add(score.top1);
  means.rank.add(score.rank);
  means.palette.add(score.palette_top1);
  means.by_gap[query.bucket == kShifted ? kShifted : gap_of(query.gap)].add(score.top1);
  if (near) means.near.add(near->top1);
}

RecallScores RecallMeans::finish() const {
  Means all;
  for (const auto& [frame, means] : by_frame_) {
    all.top1.add(means.top1.value());
    all.rank.add(means.rank.value());
    all.palette.add(means.palette.value());
    all.near.add(means.near.value());
    for (const auto& [bucket, mean] : means.by_gap) all.by_gap[bucket].add(mean.value());
  }
  RecallScores scores{.top1 = all.top1.value(),
                      .rank = all.rank.value(),
                      .palette = all.palette.value(),
                      .near = all.near.value(),
                      .dropped = static_cast<double>(dropped_),
                      .by_gap = {}};
  for (const auto& [bucket, mean] : all.by_gap) scores.by_gap[bucket] = mean.value();
  return scores;
}

}  // namespace svg::eval
