// The order of a convolution's weights in memory, which its results take over.
#pragma once
#include <ATen/core/Tensor.h>

namespace svg {

// Whether channels shall lie next to each other here: on a GPU in half precision, whose matrix
// units want them so; cuDNN would otherwise turn images over before and after each convolution.
// Elsewhere, and in fp32, PyTorch's own order.
bool wants_channels_last(const at::Tensor& weight);

// The same numbers, channels next to each other: of [O, I, kh, kw] and [O, I, kf, kh, kw]; others
// as they are.
at::Tensor with_channels_last(const at::Tensor& weight);

}  // namespace svg
