// Training items for the slow learner: chunks of encoded episodes, held in memory, drawn by step
// number.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libcore/model/latent_space.h"

namespace svg::slow {

class LatentDataset {
 public:
  // Reads latent streams: chunk records in order of `index` within an episode. All must come from
  // one VAE, that of `space` where it is given, and have one latent size. Throws Error{NoInput,
  // Data, Config}.
  static LatentDataset read(const std::vector<std::string>& streams,
                            const std::optional<LatentSpace>& space);

  struct Batch {
    at::Tensor latents;              // [B, past + future, C, h, w] f32
    std::vector<std::string> texts;  // the action of each item's future frames
  };
  // `batch` items of exactly `past` + `future` frames. Item order is a fresh permutation of all
  // chunks in every epoch, a function of (seed, position) alone: `position` counts the items drawn
  // so far. The future frames are the first `future` frames of a chunk, the past ones those before
  // it.
  Batch draw(uint64_t seed, int64_t position, int64_t batch, int64_t past, int64_t future) const;

  int64_t item_count(int64_t past, int64_t future) const;
  int64_t frame_count() const { return frames_.defined() ? frames_.size(0) : 0; }
  at::IntArrayRef frame_shape() const;  // [C, h, w]
  std::vector<std::string> distinct_texts() const;

 private:
  struct Chunk {
    int64_t first = 0;  // row of its first frame in frames_
    int64_t frames = 0;
    int64_t before = 0;  // frames of the same episode before it
    int32_t text = 0;
  };
  // Chunks with at least `past` frames before them and `future` of their own.
  const std::vector<int32_t>& usable(int64_t past, int64_t future) const;

  at::Tensor frames_;  // [N, C, h, w] f32, episodes one after the other
  std::vector<Chunk> chunks_;
  std::vector<std::string> texts_;
  mutable std::vector<std::pair<std::pair<int64_t, int64_t>, std::vector<int32_t>>> usable_;
};

}  // namespace svg::slow
