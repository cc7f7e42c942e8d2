// Contact sheets of a UNet in training: does it continue the past, and does it do what the text
// says?
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/model/model_files.h"
#include "libcore/model/noise_schedule.h"
#include "libcore/model/text_encoder.h"
#include "libcore/model/unet3d.h"

namespace svg::slow {

// Two rows of pictures for each of the first items: the true frames, and the past with a generated
// future.
//   past [B, P, C, h, w], future [B, F, C, h, w], texts [B]
void write_slow_samples(const std::string& png, const ModelDirectory&, const UNet3D&,
                        const NoiseSchedule&, const TextEncoder&, const at::Tensor& past,
                        const at::Tensor& future, const std::vector<std::string>& texts,
                        const Context&);

}  // namespace svg::slow
