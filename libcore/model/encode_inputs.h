// Pictures to a latent stream: what svg-encode does, and slow learning once with its data.
// Torch-free.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "libcore/base/context.h"

namespace svg {

// What of the VAE's posterior a latent is.
enum class PosteriorUse { Mean, Sample };
constexpr auto names_of(PosteriorUse) {
  return std::to_array<EnumName<PosteriorUse>>(
      {{PosteriorUse::Mean, "mean"}, {PosteriorUse::Sample, "sample"}});
}

struct EncodeSettings {
  std::string model;  // model directory; its VAE encodes
  std::vector<std::string>
      inputs{};  // videos, pictures, patterns, "-" or manifest folders, one after the other
  std::string output = "-";
  PosteriorUse posterior = PosteriorUse::Mean;
  int64_t frames = 0;         // of a chunk; 0: the model's (svg.json), else 16
  int width = 0, height = 0;  // of the frames; 0: the model's, else as stored
  double fps = 0;  // resampled to it, and stated; 0: the source's, else the model's, else 8
  std::string episode = {};  // a manifest's: only this one; else the name of the episode
  int64_t chunks = 0;        // at most so many of an episode; 0: all
  Precision latents_dtype = Precision::Fp32;
  int64_t batch = 4;     // frames through the VAE at once
  int64_t vae_tile = 0;  // vae_tiling.h; 0: frames whole
  // What ReaderOptions (libcore/video/video_reader.h) say, of videos and pictures.
  double assume_fps = 0, start = 0, duration = 0;
  int64_t every = 1;
  bool no_autorotate = false, as_stored = false, salvage = false;
  bool skip_bad = false;  // inputs and pictures that cannot be read are left out; each is named
};

// Writes the stream whole or not at all. Each input is an episode of its own (a manifest several),
// and names of one kind are told apart by their folders. Throws Error{Config} where two inputs hold
// an episode of one name all the same, Interrupted when a stop was asked for.
void encode_inputs(const EncodeSettings&, const Context&);

}  // namespace svg
