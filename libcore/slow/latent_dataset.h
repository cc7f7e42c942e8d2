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

  // Where the future frames of an item come from.
  struct Origin {
    int64_t stream = 0;  // place of its stream in the list that was read
    int64_t chunk = 0;   // its index in its episode
    int64_t item = 0;    // place of the chunk among all that were read: its number here
    int64_t memory = 0;  // the memory revision that its header names; 0: none
  };
  struct Batch {
    at::Tensor latents;              // [B, past + future, C, h, w] f32
    std::vector<std::string> texts;  // the action of each item's future frames
    std::vector<Origin> origins;
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

  // Chunk by chunk, in the order in which they were read.
  int64_t chunk_count() const { return static_cast<int64_t>(chunks_.size()); }
  struct Item {
    Origin origin;
    std::string episode, text, inverse;  // inverse is empty where none is named
    at::Tensor frames;                   // [F, C, h, w] f32
    at::Tensor past;                     // those before it in its episode, `past` at most
  };
  Item item(int64_t number, int64_t past) const;

 private:
  struct Chunk {
    int64_t first = 0;  // row of its first frame in frames_
    int64_t frames = 0;
    int64_t before = 0;                          // frames of the same episode before it
    int32_t text = 0, inverse = 0, episode = 0;  // places in the lists below
    Origin origin;
  };
  // Chunks with at least `past` frames before them and `future` of their own.
  const std::vector<int32_t>& usable(int64_t past, int64_t future) const;

  at::Tensor frames_;  // [N, C, h, w] f32, episodes one after the other
  std::vector<Chunk> chunks_;
  std::vector<std::string> texts_, inverses_, episodes_;
  mutable std::vector<std::pair<std::pair<int64_t, int64_t>, std::vector<int32_t>>> usable_;
};

}  // namespace svg::slow
