// Appearance recall of a video whose world is at hand (metrics.md 2.7): where a wall comes back
// into view that the context does not show, does it wear its own texture? Torch-free.
#pragma once
#include <set>
#include <vector>

#include "libcore/eval/revisit/recall_means.h"
#include "libcore/eval/videos/video_measure.h"
#include "libcore/video/image.h"
#include "libcore/world/episode.h"

namespace svg::eval {

class RecallMeasure {
 public:
  // `frames`: which of the episode's frames are fed, in order (fed_frames.h). `given`: how many of
  // the episode were shown; what comes back later is then asked for, and only what they showed. 0:
  // every return is asked for.
  RecallMeasure(world::Episode maze, std::vector<int64_t> frames, int64_t given);

  // Throws Error{Config} for a frame of another size than the world's.
  void add(const video::Image& generated);
  // recall and recall_near (the pose may be off by 5 degrees), recall by gap, the true texture's
  // mean rank, how many queries there are and how many were dropped because textures look alike.
  void finish(VideoScores& video) const;

 private:
  world::Episode maze_;
  std::vector<int64_t> frames_;
  std::vector<world::RecallQuery> queries_;  // by frame
  std::set<int> palette_;
  size_t fed_ = 0, asked_ = 0;
  RecallMeans means_;
};

}  // namespace svg::eval
