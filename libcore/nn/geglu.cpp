#include "libcore/nn/geglu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "libcore/nn/geglu_kernel.h"
#include "libcore/nn/one_pass.h"
#include "libcore/tensor/gpu.h"

namespace svg::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// f(first row, rows) on all threads.
template <class F>
void for_rows(const at::Tensor& x, const F& f) {
  at::parallel_for(0, x.size(0), std::max<int64_t>(1, kNumbersWorthAThread / x.size(1)),
                   [&](int64_t begin, int64_t end) { f(begin, end - begin); });
}

at::Tensor compute(const at::Tensor& x) {
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
    auto* const to = numbers_to<Number>(y);
    for_rows(x, [=](int64_t first, int64_t rows) {
      geglu(from + 2 * first * width, rows, width, to + first * width);
    });
  });
  return y;
}

at::Tensor compute_backward(const at::Tensor& x, const at::Tensor& grad) {
  const int64_t width = x.size(1) / 2;
  const at::Tensor of_x = at::empty_like(x);
  if (const auto* plugin = kernels_for(x)) {
    if (plugin->geglu_backward(x.get_device(), x.const_data_ptr(), grad.const_data_ptr(), x.size(0),
                               width, *number_of(x.scalar_type()), of_x.mutable_data_ptr()))
      return of_x;
  }
  if (!has_kernel(x)) {
    const at::Tensor value = x.narrow(1, 0, width), gate = x.narrow(1, width, width);
    at::Tensor of_value = of_x.narrow(1, 0, width), of_gate = of_x.narrow(1, width, width);
    at::gelu_out(of_value, gate).mul_(grad);
    at::mul_out(of_gate, grad, value);
    at::gelu_backward_out(of_gate, of_gate, gate);
    return of_x;
  }
  if (x.is_meta()) return of_x;
  with_number(x, [&](auto number) {
    using Number = decltype(number);
    const auto* const from = numbers_in<Number>(x);
    const auto* const grads = numbers_in<Number>(grad);
    auto* const to = numbers_to<Number>(of_x);
    for_rows(x, [=](int64_t first, int64_t rows) {
      geglu_backward(from + 2 * first * width, grads + first * width, rows, width,
                     to + 2 * first * width);
    });
  });
  return of_x;
}

struct Geglu : torch::autograd::Function<Geglu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x) {
    context->save_for_backward({x});
    return compute(x);
  }
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    return {compute_backward(context->get_saved_variables()[0], grads[0].contiguous())};
  }
};

}  // namespace

at::Tensor geglu(const at::Tensor& x) {
  const at::Tensor all = x.contiguous();
  return at::GradMode::is_enabled() ? Geglu::apply(all) : compute(all);
}

}  // namespace svg::nn
