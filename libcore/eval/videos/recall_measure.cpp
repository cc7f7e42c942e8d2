#include "libcore/eval/videos/recall_measure.h"

#include <cmath>
#include <utility>

#include "libcore/base/error.h"
#include "libcore/eval/revisit/gaps.h"
#include "libcore/world/visits.h"

namespace svg::eval {

RecallMeasure::RecallMeasure(world::Episode maze, std::vector<int64_t> frames, int64_t given)
    : maze_(std::move(maze)), frames_(std::move(frames)) {
  const auto counts = world::count_faces(maze_.scene, world::render_episode(maze_).face);
  auto visits = world::find_visits(maze_, counts);
  if (given > 0)
    std::erase_if(visits, [&](const auto& v) { return v.frame < given || v.first >= given; });
  queries_ = world::recall_queries(maze_, counts, visits, {});
  palette_ = world::textures_shown(maze_, counts,
                                   given > 0 ? static_cast<int>(given) : maze_.frame_count());
}

void RecallMeasure::add(const video::Image& generated) {
  const auto& config = maze_.scene.config;
  require(generated.height == config.height && generated.width == config.width, ErrorKind::Config,
          "frames are ", generated.width, "x", generated.height, ", those of episode ", maze_.id,
          " are ", config.width, "x", config.height, ": recall needs the world's own size");
  require(fed_ < frames_.size(), ErrorKind::Data, "there are more frames than the ", frames_.size(),
          " of episode ", maze_.id);
  const auto frame = frames_[fed_++];
  while (asked_ < queries_.size() && queries_[asked_].frame < frame) ++asked_;
  for (; asked_ < queries_.size() && queries_[asked_].frame == frame; ++asked_) {
    const auto& q = queries_[asked_];
    const auto& pose = maze_.poses[static_cast<size_t>(q.frame)];
    const world::FaceCandidates exact(maze_.scene, pose, q.face);
    if (exact.ambiguous()) {
      means_.drop();
      continue;
    }
    const world::FaceCandidates near(maze_.scene, pose, q.face, true);
    means_.add(q, exact.score(generated.rgb, palette_), near.score(generated.rgb, palette_));
  }
}

void RecallMeasure::finish(VideoScores& video) const {
  const auto scores = means_.finish();
  const auto add = [&](const char* metric, const char* profile, double value,
                       const std::string& bucket = "all") {
    video.scores.push_back({.metric = metric,
                            .profile = profile,
                            .value = std::isnan(value) ? std::nullopt : std::optional(value),
                            .bucket = bucket});
  };
  const char* profile = name_of(Metric::Recall);
  add("recall", profile, scores.top1);
  // Every range, so that all videos have the same scores.
  const auto in_range = [&](const char* gap) {
    const auto found = scores.by_gap.find(gap);
    add("recall", profile, found == scores.by_gap.end() ? NAN : found->second, gap);
  };
  for (const auto& gap : kGaps) in_range(gap.name);
  in_range(kShifted);
  add("recall_rank", profile, scores.rank);
  add("recall_near", "recall_near_v1", scores.near);
  add("recall_queries", profile, static_cast<double>(queries_.size()));
  add("recall_dropped", profile, scores.dropped);
}

}  // namespace svg::eval
