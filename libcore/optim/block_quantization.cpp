#include "libcore/optim/block_quantization.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace svg::optim {

at::Tensor block_map_values(BlockMap kind) {
  // A code is a sign (signed map), zero bits that each divide by ten, a one that ends them, and the
  // bits left over: equal steps between 0.1 and 1 of that power, each at the middle of its
  // interval.
  constexpr int kDecades = 7;
  std::vector<float> values = {0, 1};
  for (int decade = 0; decade < kDecades; ++decade) {
    const int steps = kind == BlockMap::Signed ? 1 << decade : 2 << decade;
    const double power = std::pow(10.0, decade - (kDecades - 1));
    for (int i = 0; i < steps; ++i) {
      const auto value = static_cast<float>(power * (0.1 + 0.9 * (i + 0.5) / steps));
      values.push_back(value);
      if (kind == BlockMap::Signed) values.push_back(-value);
    }
  }
  std::sort(values.begin(), values.end());
  return at::tensor(values, at::kFloat);
}

BlockQuantized make_block_quantized(const at::Tensor& like, BlockMap kind) {
  BlockQuantized q;
  q.kind = kind;
  q.map = block_map_values(kind).to(like.device());
  const auto zero_code = kind == BlockMap::Signed ? 127 : 0;  // 127 negative values stand before 0
  q.codes =
      at::full({like.numel()}, zero_code, like.options().dtype(at::kByte).requires_grad(false));
  q.absmax =
      at::zeros({block_count(like.numel())}, like.options().dtype(at::kFloat).requires_grad(false));
  return q;
}

at::Tensor dequantize(const BlockQuantized& q, int64_t first, int64_t count) {
  const at::NoGradGuard no_grad;
  const at::Tensor values = q.map.index_select(0, q.codes.narrow(0, first, count).to(at::kInt));
  const at::Tensor scales = q.absmax.narrow(0, first / kQuantizedBlock, block_count(count));
  return values.mul_(scales.repeat_interleave(kQuantizedBlock).narrow(0, 0, count));
}

void quantize(BlockQuantized& q, int64_t first, const at::Tensor& numbers) {
  const at::NoGradGuard no_grad;
  const int64_t count = numbers.numel(), blocks = block_count(count);
  const at::Tensor rows = at::constant_pad_nd(numbers, {0, blocks * kQuantizedBlock - count})
                              .view({blocks, kQuantizedBlock});
  const at::Tensor largest = rows.abs().amax(1);
  const at::Tensor scaled =
      rows / at::where(largest > 0, largest, at::ones_like(largest)).unsqueeze(1);
  const at::Tensor middles = (q.map.narrow(0, 0, 255) + q.map.narrow(0, 1, 255)) / 2;
  at::Tensor codes = at::bucketize(scaled, middles, /*out_int32=*/true);
  if (q.kind == BlockMap::Unsigned) codes = at::where(rows > 0, codes.clamp_min(1), codes);
  q.codes.narrow(0, first, count).copy_(codes.view({-1}).narrow(0, 0, count));
  q.absmax.narrow(0, first / kQuantizedBlock, blocks).copy_(largest);
}

}  // namespace svg::optim
