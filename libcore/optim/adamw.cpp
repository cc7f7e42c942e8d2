#include "libcore/optim/adamw.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "libcore/optim/adamw_8bit.h"
#include "libcore/optim/flat_parameters.h"

namespace svg::optim {

namespace {

// Update number `step` of a stretch in place; all fp32.
void update(at::Tensor values, at::Tensor grads, at::Tensor exp_avg, at::Tensor exp_avg_sq,
            int64_t step, const AdamWOptions& o, double lr) {
  // The fused kernel reads the number of this update from a tensor and leaves counting to its
  // caller.
  at::Tensor count = at::full({}, static_cast<double>(step), values.options().dtype(at::kFloat));
  at::_fused_adamw_({values}, {grads}, {exp_avg}, {exp_avg_sq}, {}, {count}, lr, o.beta1, o.beta2,
                    o.weight_decay, o.eps,
                    /*amsgrad=*/false, /*maximize=*/false);
}

}  // namespace

AdamW make_adamw(const at::Tensor& values) {
  return {at::zeros_like(values), at::zeros_like(values), 0};
}

void adamw_update(AdamW& state, const AdamWOptions& o, double lr, at::Tensor& values,
                  const at::Tensor& grads) {
  at::NoGradGuard no_grad;
  ++state.step;
  if (grads.scalar_type() == at::kFloat) {
    update(values, grads, state.exp_avg, state.exp_avg_sq, state.step, o, lr);
    return;
  }
  for_each_segment(values.numel(), [&](int64_t first, int64_t count) {
    const auto of = [&](const at::Tensor& t) { return t.narrow(0, first, count); };
    update(of(values), of(grads).to(at::kFloat), of(state.exp_avg), of(state.exp_avg_sq),
           state.step, o, lr);
  });
}

AdamW8bit make_adamw_8bit(const at::Tensor& values) {
  return {make_block_quantized(values, BlockMap::Signed),
          make_block_quantized(values, BlockMap::Unsigned), 0};
}

void adamw_update(AdamW8bit& state, const AdamWOptions& o, double lr, at::Tensor& values,
                  const at::Tensor& grads) {
  at::NoGradGuard no_grad;
  ++state.step;
  for_each_segment(values.numel(), [&](int64_t first, int64_t count) {
    const auto exp_avg = dequantize(state.exp_avg, first, count),
               exp_avg_sq = dequantize(state.exp_avg_sq, first, count);
    update(values.narrow(0, first, count), grads.narrow(0, first, count).to(at::kFloat), exp_avg,
           exp_avg_sq, state.step, o, lr);
    quantize(state.exp_avg, first, exp_avg);
    quantize(state.exp_avg_sq, first, exp_avg_sq);
  });
}

}  // namespace svg::optim
