// Flow that somebody has computed: that of a manifest (aux.flow), or a .npy of an optical flow
// network's output. A plane is read when it is asked for.
#pragma once
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "libcore/eval/pixels/warp_error.h"
#include "libcore/eval/videos/video_set.h"

namespace svg::eval {

class FlowFile {
 public:
  // aux.flow of a manifest's episode: f32 [n, 2, h, w]. Throws Error{Data} where there is none.
  static FlowFile of_episode(const VideoRef& video);
  // NumPy's format 1 to 3: f32, little-endian, C order, [count, 2, height, width]. Throws
  // Error{NoInput} where it is not there, Error{Data} where it is something else, or too short.
  static FlowFile of_npy(const std::string& path);

  int64_t count() const { return count_; }
  int height() const { return height_; }
  int width() const { return width_; }
  const std::string& path() const { return path_; }

  // Plane `index` of count(), good until the next call. Throws Error{Io}.
  FlowView at(int64_t index);

 private:
  FlowFile(const std::string& path, int64_t offset, int64_t count, int64_t height, int64_t width);

  std::string path_;
  std::ifstream file_;
  int64_t offset_ = 0, count_ = 0;
  int height_ = 0, width_ = 0;
  std::vector<float> plane_;
};

// Whether the episode's manifest has flow.
bool has_flow(const VideoRef& video);

}  // namespace svg::eval
