// A model as a prediction sees it: shapes from its configurations alone, on the meta device, where
// tensors have no storage.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "formats/model/model_directory.h"
#include "libcore/model/clip_text.h"
#include "libcore/model/noise_schedule.h"
#include "libcore/model/unet3d.h"
#include "libcore/tensor/parameters.h"

namespace svg::footprint {

// A tensor of these sizes without storage.
at::Tensor meta_tensor(at::IntArrayRef sizes, at::ScalarType dtype = at::kFloat);

int64_t bytes_of(int64_t numbers, at::ScalarType dtype);

// The text encoder and the UNet of a directory.
struct MetaModel {
  // `gpu`: what --checkpoint-activations offload takes from the device is gone. A CPU has no other
  // memory to put it in.
  MetaModel(const formats::ModelDirectory&, at::ScalarType unet_dtype, at::ScalarType text_dtype,
            nn::Checkpointing, bool gpu);
  // Of n prompts, [n, L, D].
  at::Tensor text(int64_t n) const;

  Parameters parameters, text_parameters;
  UNet3D unet;
  ClipText clip;
  NoiseSchedule schedule;
};

// Latents of a frame, [C, h, w], from a size ("256x256" in pixels; empty: not given) or what
// the model says of itself. Throws Error{Usage} where neither says it.
std::vector<int64_t> frame_of(const formats::ModelDirectory&, const std::string& size);

}  // namespace svg::footprint
