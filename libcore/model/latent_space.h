// What a VAE's latents are, and whether a stream holds such.
#pragma once
#include <cstdint>
#include <string>

#include "formats/stream/stream_headers.h"
#include "libcore/model/model_files.h"

namespace svg {

struct LatentSpace {
  std::string model;        // directory, for messages
  std::string fingerprint;  // of the VAE
  int64_t channels = 0;
  double scaling_factor = 1;
};

// Of the directory's VAE; its fingerprint reads the weights once.
LatentSpace latent_space_of(const ModelDirectory&);

// Throws Error{Config} where the latents of a stream called `name` are of another VAE, have other
// channels or another scaling factor.
void check_stream_fits(const formats::StreamHeader&, const std::string& name, const LatentSpace&);

}  // namespace svg
