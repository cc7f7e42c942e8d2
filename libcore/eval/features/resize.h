// Frames as the feature networks take them.
#pragma once
#include <ATen/core/Tensor.h>

namespace svg::eval {

// u8 [N, H, W, 3] -> f32 [N, 3, height, width], still 0 to 255: bilinear, half-pixel centres, no
// antialias, as torch's interpolate(align_corners=False). Where the size stays nothing is resized.
at::Tensor resized(const at::Tensor& frames, int64_t height, int64_t width);

// f32 [N, 3, H, W], each channel (x - mean) / deviation.
at::Tensor normalised(const at::Tensor& x, const float (&mean)[3], const float (&deviation)[3]);

// u8 [N, H, W, 3] -> f32 [N, 3, side, side]: resized, from 0 to 1, then with the mean (.485, .456,
// .406) and deviation (.229, .224, .225) of ImageNet.
at::Tensor image_net_input(const at::Tensor& frames, int64_t side);

}  // namespace svg::eval
