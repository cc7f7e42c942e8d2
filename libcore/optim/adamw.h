// Adam with decoupled weight decay over one flat buffer (torch.optim.AdamW; with weight_decay 0,
// torch.optim.Adam).
#pragma once
#include <ATen/core/Tensor.h>

namespace svg::optim {

struct AdamWOptions {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
};

struct AdamW {
  at::Tensor exp_avg, exp_avg_sq;  // shaped as the parameters
  int64_t step = 0;                // updates made
};

AdamW make_adamw(const at::Tensor& values);

// One update of `values` [P] f32 in place; `grads` f32, or narrower and then widened piece by
// piece. Equal inputs give equal bits on CPU at a fixed number of threads.
void adamw_update(AdamW&, const AdamWOptions&, double lr, at::Tensor& values,
                  const at::Tensor& grads);

}  // namespace svg::optim
