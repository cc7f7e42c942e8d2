// What the inverse dynamics model learns from: frames, and the action that led into each of them.
// Of one frame there may be several pictures: as recorded, through an autoencoder, generated.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libcore/model/latent_codec.h"

namespace svg::plan {

struct IdmEpisode {
  std::string name;
  at::Tensor frames;  // u8 [n, H, W, 3]
  at::Tensor coded;   // the same through the autoencoder; undefined without one
  at::Tensor acts;    // f32 [n, V]: row t led into frame t; row 0 means nothing

  // What a plan shows where an autoencoder stands between.
  const at::Tensor& planned() const { return coded.defined() ? coded : frames; }
};

struct IdmRecordings {
  std::vector<std::string> fields;  // [V]
  std::vector<IdmEpisode> episodes;
  // What a sentence does, where it always does the same: [V]. For frames that were generated from
  // sentences.
  std::map<std::string, std::vector<float>> acts_of_text;
};

// The episodes of manifests with `act` files, all of one frame size and of the same fields. Throws
// Error{NoInput, Data, Config}.
IdmRecordings read_recordings(const std::vector<std::string>& manifests);

// Adds each episode's pictures through the autoencoder.
void add_coded(IdmRecordings& recordings, const LatentCodec& codec);

// The generated chunks of latent streams as episodes (`frames` are decoded): the actions are those
// that their sentences ask for. Chunks whose sentence `recordings` does not tell are left out, with
// what stands behind them; `unknown` counts them. Throws Error{NoInput, Data, Config}.
std::vector<IdmEpisode> read_generated(const std::vector<std::string>& streams,
                                       const LatentCodec& codec, const IdmRecordings& recordings,
                                       int64_t& unknown);

}  // namespace svg::plan
