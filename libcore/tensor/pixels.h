// Between stored pictures and the pictures that models see.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace svg {

// Pictures that stand one behind the other, row by row, as u8 [N, H, W, 3]: a copy. The bytes must
// be N whole pictures.
at::Tensor pictures_from_rgb(std::span<const uint8_t> rgb, int64_t height, int64_t width);
// u8 [N, H, W, 3] -> f32 [N, 3, H, W] in [-1, 1]
at::Tensor pixels_from_bytes(const at::Tensor& bytes);
// f32 [N, 3, H, W] -> u8 [N, H, W, 3]: clamped to [-1, 1], rounded half to even
at::Tensor bytes_from_pixels(const at::Tensor& pixels);

}  // namespace svg
