// Numbers in 8 bits each: blocks of 256 that share one fp32 scale, their largest magnitude, and a
// code of 256 values between -1 and 1 (or 0 and 1) that lie dense near zero: the dynamic map of
// Dettmers et al. (arXiv 2110.02861, section 2.1), as bitsandbytes has it.
#pragma once
#include <ATen/core/Tensor.h>

namespace svg::optim {

inline constexpr int64_t kQuantizedBlock = 256;
inline int64_t block_count(int64_t numbers) {
  return (numbers + kQuantizedBlock - 1) / kQuantizedBlock;
}

enum class BlockMap { Signed, Unsigned };

// [256] f32, rising: what the codes mean, on the CPU.
at::Tensor block_map_values(BlockMap);

struct BlockQuantized {
  at::Tensor codes;   // [P] u8
  at::Tensor absmax;  // [ceil(P / 256)] f32
  at::Tensor map;     // [256] f32, on the device of the codes
  BlockMap kind = BlockMap::Signed;
};

// P zeros, P and device as `like`.
BlockQuantized make_block_quantized(const at::Tensor& like, BlockMap);

// Numbers first .. first + count - 1 as [count] f32. `first` is a multiple of 256.
at::Tensor dequantize(const BlockQuantized&, int64_t first, int64_t count);

// Puts `numbers` [count] f32, finite, there: each becomes the nearest value of the map times its
// block's largest magnitude. `count` is a multiple of 256 unless the last number is the last of
// all. In the unsigned map nothing but 0 becomes 0: a second moment that vanished beside larger
// ones would make Adam divide by its epsilon.
void quantize(BlockQuantized&, int64_t first, const at::Tensor& numbers);

}  // namespace svg::optim
