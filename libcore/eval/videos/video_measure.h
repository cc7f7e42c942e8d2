// One video measured, frame by frame. Torch-free.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libcore/eval/videos/metric_names.h"
#include "libcore/video/image.h"

namespace svg::eval {

// A number a frame; NaN where a frame has none.
struct FrameColumn {
  std::string name, profile;
  std::vector<double> values;
};

// A number a video; nothing where it has none (a ratio without movement, a slope of one chunk).
struct VideoScore {
  std::string metric, profile;
  std::optional<double> value;
  double weight = 1;           // in the mean over videos: a ratio whose mean is that of the sums
  std::string bucket = "all";  // or a range of gaps ("33-64"), or "shifted"
};

struct VideoScores {
  std::vector<int64_t> chunks;  // of each frame: the number of its chunk
  std::vector<FrameColumn> columns;
  std::vector<VideoScore> scores;

  int64_t frame_count() const { return static_cast<int64_t>(chunks.size()); }
};

// A run of frames of one chunk, and the mean of each column over it.
struct ChunkMeans {
  int64_t chunk = 0, frames = 0;
  std::vector<double> values;  // as the columns; NaN where no frame has a number
};
std::vector<ChunkMeans> chunk_means(const VideoScores& video);

// Takes the frames of a video, beside those of its reference where there is one.
class VideoMeasure {
 public:
  // `shown`: the video's name in messages.
  VideoMeasure(const std::set<Metric>& metrics, bool has_reference, const std::string& shown);
  ~VideoMeasure();
  VideoMeasure(const VideoMeasure&) = delete;
  VideoMeasure& operator=(const VideoMeasure&) = delete;

  // `reference`: null without one, else of the same size. Throws Error{Data} for frames that are
  // too small for a metric, Error{Config} where sizes differ.
  void add(const video::Image& generated, const video::Image* reference, int64_t chunk);
  // Throws Error{Data} where the frames are too few for a metric.
  VideoScores finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace svg::eval
