// Encoded training data: manifest directories become latent streams once, and epochs read those.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/model/model_files.h"

namespace svg::slow {

// For each entry of `data`: a latent stream stays as it is; a manifest directory is encoded with
// the model's VAE into `folder`/<digest of VAE and manifest>.latents, unless that file is there.
// Returns the streams' paths.
std::vector<std::string> encoded_data(const ModelDirectory&, const std::vector<std::string>& data,
                                      const std::string& folder, Context&);

}  // namespace svg::slow
