// AdamW with moments of 8 bits a number: a quarter of their memory. The update itself is computed
// in fp32, as in adamw.h. Source: Dettmers et al., 8-bit Optimizers via Block-wise Quantization
// (arXiv 2110.02861).
#pragma once
#include "libcore/optim/adamw.h"
#include "libcore/optim/block_quantization.h"

namespace svg::optim {

struct AdamW8bit {
  BlockQuantized exp_avg, exp_avg_sq;
  int64_t step = 0;  // updates made
};

AdamW8bit make_adamw_8bit(const at::Tensor& values);

void adamw_update(AdamW8bit&, const AdamWOptions&, double lr, at::Tensor& values,
                  const at::Tensor& grads);

}  // namespace svg::optim
