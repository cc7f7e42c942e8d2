// Between stored pictures and the pictures that models see.
#pragma once
#include <ATen/core/Tensor.h>

namespace svg {

// u8 [N, H, W, 3] -> f32 [N, 3, H, W] in [-1, 1]
at::Tensor pixels_from_bytes(const at::Tensor& bytes);
// f32 [N, 3, H, W] -> u8 [N, H, W, 3]: clamped to [-1, 1], rounded half to even
at::Tensor bytes_from_pixels(const at::Tensor& pixels);

}  // namespace svg
