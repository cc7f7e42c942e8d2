// What a video makes of flow that is given: MAWE and dynamic degree (metrics.md 2.9, 2.10).
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "libcore/eval/videos/flow_file.h"
#include "libcore/eval/videos/video_measure.h"
#include "libcore/video/image.h"

namespace svg::eval {

// mawe_gt, dyn_gt: the world's exact flow, of the way that was commanded; hidden pixels go nowhere.
// mawe_flow, dyn: flow that a network saw in the generated frames, which are resized to its planes
// (StreamingT2V: RAFT-large at 720x720).
struct Flows {
  std::optional<FlowFile> exact, seen;
  std::vector<int64_t> frames;  // the planes of `exact` that belong to the frames fed; empty: all
};

class FlowMeasure {
 public:
  FlowMeasure(const std::set<Metric>& metrics, Flows flows, bool has_reference);
  ~FlowMeasure();
  FlowMeasure(const FlowMeasure&) = delete;
  FlowMeasure& operator=(const FlowMeasure&) = delete;

  // Throws Error{Config} for frames of another size than the exact flow, Error{Data} where there
  // are fewer planes than pairs of frames.
  void add(const video::Image& generated, const video::Image* reference);
  // Columns mawe_gt, mawe_flow (first frame: none) and the scores, of each MAWE also how many pairs
  // were left out because nothing moves.
  void finish(VideoScores& video);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace svg::eval
