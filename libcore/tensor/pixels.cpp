#include "libcore/tensor/pixels.h"

#include <ATen/ATen.h>

#include <cstring>

#include "libcore/base/error.h"

namespace svg {

at::Tensor pictures_from_rgb(std::span<const uint8_t> rgb, int64_t height, int64_t width) {
  const int64_t size = height * width * 3, bytes = static_cast<int64_t>(rgb.size());
  require(size > 0 && bytes % size == 0, ErrorKind::Internal, bytes,
          " bytes are not whole pictures of ", width, "x", height);
  at::Tensor pictures = at::empty({bytes / size, height, width, 3}, at::kByte);
  if (!rgb.empty()) std::memcpy(pictures.mutable_data_ptr(), rgb.data(), rgb.size());
  return pictures;
}

at::Tensor pixels_from_bytes(const at::Tensor& bytes) {
  return bytes.permute({0, 3, 1, 2}).to(at::kFloat).contiguous().div_(127.5).sub_(1);
}

at::Tensor bytes_from_pixels(const at::Tensor& pixels) {
  return pixels.to(at::kFloat)
      .add(1)
      .mul_(127.5)
      .round_()
      .clamp_(0, 255)
      .to(at::kByte)
      .permute({0, 2, 3, 1})
      .contiguous();
}

}  // namespace svg
