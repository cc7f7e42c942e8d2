// Pictures for training an autoencoder: every frame of every episode, drawn by step number.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace svg::slow {

class FrameDataset {
 public:
  // Manifest directories, videos or pictures (video::open_chunks), all of one size. Throws
  // Error{NoInput, Data, Config}.
  static FrameDataset read(const std::vector<std::string>& directories);

  // [B, 3, H, W] f32 in [-1, 1]; a function of (seed, position) alone. With `parts` only number
  // `part` of as many parts of a batch that is `parts` times as large.
  at::Tensor draw(uint64_t seed, int64_t position, int64_t batch, int64_t part = 0,
                  int64_t parts = 1) const;
  int64_t frame_count() const { return frames_.size(0); }

 private:
  at::Tensor frames_;  // [N, H, W, 3] u8
};

}  // namespace svg::slow
