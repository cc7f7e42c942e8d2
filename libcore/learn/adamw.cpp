#include "libcore/learn/adamw.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace svg::learn {

AdamW make_adamw(const at::Tensor& values) { return {at::zeros_like(values), at::zeros_like(values), 0}; }

void adamw_update(AdamW& state, const AdamWOptions& o, double lr, at::Tensor& values, const at::Tensor& grads) {
  at::NoGradGuard no_grad;
  ++state.step;
  // The fused kernel reads the number of this update from a tensor and leaves counting to its caller.
  at::Tensor step = at::full({}, static_cast<double>(state.step), values.options().dtype(at::kFloat));
  at::_fused_adamw_({values}, {grads}, {state.exp_avg}, {state.exp_avg_sq}, {}, {step}, lr, o.beta1, o.beta2,
                    o.weight_decay, o.eps, /*amsgrad=*/false, /*maximize=*/false);
}

}  // namespace svg::learn
