#include "libcore/nn/geglu.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>

#include "libcore/nn/geglu_kernel.h"
#include "libcore/nn/one_pass.h"
#include "libcore/nn/row_blocks.h"
#include "libcore/tensor/gpu.h"

namespace svg::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

template <class Number>
const Number* bias_in(const at::Tensor& bias) {
  return bias.defined() ? numbers_in<Number>(bias) : nullptr;
}

// A bias is added by the loops alone.
at::Tensor compute(const at::Tensor& x, const at::Tensor& bias) {
  const int64_t width = x.size(1) / 2;
  if (const auto* plugin = kernels_for(x)) {
    const at::Tensor y = at::empty({x.size(0), width}, x.options());
    if (plugin->geglu(x.get_device(), x.const_data_ptr(), x.size(0), width,
                      *number_of(x.scalar_type()), y.mutable_data_ptr()))
      return y;
  }
  if (!has_kernel(x)) return at::gelu(x.narrow(1, width, width)).mul_(x.narrow(1, 0, width));
  const at::Tensor y = at::empty({x.size(0), width}, x.options());
  if (x.is_meta()) return y;
  with_number(x, [&](auto number) {
    using Number = decltype(number);
    const auto* const from = numbers_in<Number>(x);
    const auto* const added = bias_in<Number>(bias);
    auto* const to = numbers_to<Number>(y);
    RowBlocks(x.size(0), 2 * width).for_each([=](int64_t, int64_t first, int64_t rows) {
      geglu(from + 2 * first * width, added, rows, width, to + first * width);
    });
  });
  return y;
}

// The gradient of x and, where `bias_learns`, that of the bias.
variable_list compute_backward(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& grad,
                               bool bias_learns) {
  const int64_t width = x.size(1) / 2;
  const at::Tensor of_x = at::empty_like(x);
  if (const auto* plugin = kernels_for(x)) {
    if (plugin->geglu_backward(x.get_device(), x.const_data_ptr(), grad.const_data_ptr(), x.size(0),
                               width, *number_of(x.scalar_type()), of_x.mutable_data_ptr()))
      return {of_x, {}};
  }
  if (!has_kernel(x)) {
    const at::Tensor value = x.narrow(1, 0, width), gate = x.narrow(1, width, width);
    at::Tensor of_value = of_x.narrow(1, 0, width), of_gate = of_x.narrow(1, width, width);
    at::gelu_out(of_value, gate).mul_(grad);
    at::mul_out(of_gate, grad, value);
    at::gelu_backward_out(of_gate, of_gate, gate);
    return {of_x, {}};
  }
  const RowBlocks blocks(x.size(0), 2 * width);
  const at::Tensor sums =  // a row a block
      bias_learns ? at::zeros({blocks.count(), 2 * width}, x.options().dtype(at::kFloat))
                  : at::Tensor();
  const auto of_bias = [&] { return bias_learns ? sums.sum(0).to(x.scalar_type()) : at::Tensor(); };
  if (x.is_meta()) return {of_x, of_bias()};
  with_number(x, [&](auto number) {
    using Number = decltype(number);
    const auto* const from = numbers_in<Number>(x);
    const auto* const added = bias_in<Number>(bias);
    const auto* const grads = numbers_in<Number>(grad);
    auto* const to = numbers_to<Number>(of_x);
    float* const totals = bias_learns ? sums.mutable_data_ptr<float>() : nullptr;
    blocks.for_each([=](int64_t block, int64_t first, int64_t rows) {
      geglu_backward(from + 2 * first * width, added, grads + first * width, rows, width,
                     to + 2 * first * width,
                     totals != nullptr ? totals + 2 * block * width : nullptr);
    });
  });
  return {of_x, of_bias()};
}

struct Geglu : torch::autograd::Function<Geglu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x,
                            const std::optional<at::Tensor>& bias) {
    const at::Tensor added = bias.value_or(at::Tensor());
    context->save_for_backward({x, added});
    return compute(x, added);
  }
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    return compute_backward(saved[0], saved[1], grads[0].contiguous(),
                            saved[1].defined() && context->needs_input_grad(1));
  }
};

}  // namespace

at::Tensor geglu(const at::Tensor& x, const at::Tensor& bias) {
  if (bias.defined() && (kernels_for(x) != nullptr || !has_kernel(x))) return geglu(x + bias);
  const at::Tensor all = x.contiguous();
  if (!at::GradMode::is_enabled()) return compute(all, bias);
  return Geglu::apply(all, bias.defined() ? std::optional(bias) : std::nullopt);
}

}  // namespace svg::nn
