// One video through the networks, frame by frame.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "libcore/eval/features/centred_returns.h"
#include "libcore/eval/features/networks.h"
#include "libcore/eval/features/scene_return.h"
#include "libcore/eval/videos/video_measure.h"
#include "libcore/video/image.h"

namespace svg::eval {

// Features of a video and of its reference: [n, D] f32 each.
struct FeaturePair {
  at::Tensor generated, reference;
};

// What a video adds to the distances between all of them (fvd, fd_efflite0).
using SetFeatures = std::map<Metric, FeaturePair>;

// What a video leaves to numbers of all of them.
struct VideoFeatures {
  SetFeatures sets;
  std::optional<ReturnFeatures> returns;  // for src_c
};

// Frames of a clip of FVD (metrics.md 2.3): the clips of a video follow each other, and frames left
// over at its end are in none.
constexpr int64_t kClipFrames = 16;

class NetworkMeasure {
 public:
  // `networks` must outlive it. `returns`: the frames that SRC compares; others are not looked at.
  NetworkMeasure(const Networks& networks, std::vector<Return> returns);
  ~NetworkMeasure();
  NetworkMeasure(const NetworkMeasure&) = delete;
  NetworkMeasure& operator=(const NetworkMeasure&) = delete;

  // `reference`: null where no metric asks for it, else of the same size.
  void add(const video::Image& generated, const video::Image* reference);
  // Adds columns and scores to `video`; gives the features. Throws Error{Data} for a frame of
  // `returns` that never came.
  VideoFeatures finish(VideoScores& video);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace svg::eval
