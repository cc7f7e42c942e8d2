#include "libcore/tensor/pixels.h"

#include <ATen/ATen.h>

namespace svg {

at::Tensor pixels_from_bytes(const at::Tensor& bytes) {
  return bytes.permute({0, 3, 1, 2}).to(at::kFloat).contiguous().div_(127.5).sub_(1);
}

at::Tensor bytes_from_pixels(const at::Tensor& pixels) {
  return pixels.to(at::kFloat).add(1).mul_(127.5).round_().clamp_(0, 255).to(at::kByte).permute({0, 2, 3, 1}).contiguous();
}

}  // namespace svg
