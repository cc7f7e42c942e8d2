#include "libcore/nn/group_norm_last.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <tuple>

#include "libcore/tensor/gpu.h"

namespace svg::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kLast = at::MemoryFormat::ChannelsLast;

struct Norm {
  int64_t groups;
  double eps;
  bool silu;
};

cuda::GroupNormCall call_of(const Norm& n, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, const at::Tensor& mean,
                            const at::Tensor& rstd) {
  return {.x = x.const_data_ptr(),
          .weight = weight.const_data_ptr(),
          .bias = bias.const_data_ptr(),
          .mean = mean.mutable_data_ptr<float>(),
          .rstd = rstd.mutable_data_ptr<float>(),
          .samples = x.size(0),
          .places = x.size(2) * x.size(3),
          .channels = x.size(1),
          .groups = n.groups,
          .eps = static_cast<float>(n.eps),
          .silu = n.silu,
          .number = *number_of(x.scalar_type())};
}

// y in channels last, mean and rstd [N, G] f32; all undefined where the kernels do not take this.
std::tuple<at::Tensor, at::Tensor, at::Tensor> compute(const Norm& n, const at::Tensor& x,
                                                       const at::Tensor& weight,
                                                       const at::Tensor& bias) {
  const auto statistics = x.options().dtype(at::kFloat);
  const at::Tensor y = at::empty_like(x, kLast),
                   mean = at::empty({x.size(0), n.groups}, statistics), rstd = at::empty_like(mean);
  const bool done =
      weight.scalar_type() == x.scalar_type() &&
      kernels_for(x)->group_norm(x.get_device(), call_of(n, x, weight, bias, mean, rstd),
                                 y.mutable_data_ptr());
  if (!done) return {};
  return {y, mean, rstd};
}

struct GroupNormLast : torch::autograd::Function<GroupNormLast> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, const at::Tensor& y, const at::Tensor& mean,
                            const at::Tensor& rstd, int64_t groups, double eps, bool silu) {
    context->save_for_backward({x, weight, bias, mean, rstd});
    context->saved_data["groups"] = groups;
    context->saved_data["eps"] = eps;
    context->saved_data["silu"] = silu;
    return y.detach();
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &bias = saved[2], &mean = saved[3],
                     &rstd = saved[4];
    const Norm n = {context->saved_data["groups"].toInt(), context->saved_data["eps"].toDouble(),
                    context->saved_data["silu"].toBool()};
    const at::Tensor dy = grads[0].contiguous(kLast), dx = at::empty_like(x, kLast);
    const auto sum_for = [&](size_t i) {
      return context->needs_input_grad(i) ? at::empty({x.size(1)}, mean.options()) : at::Tensor();
    };
    const auto numbers_of = [](const at::Tensor& t) {
      return t.defined() ? t.mutable_data_ptr<float>() : nullptr;
    };
    const at::Tensor of_weight = sum_for(1), of_bias = sum_for(2);
    kernels_for(x)->group_norm_backward(x.get_device(), call_of(n, x, weight, bias, mean, rstd),
                                        dy.const_data_ptr(), dx.mutable_data_ptr(),
                                        numbers_of(of_weight), numbers_of(of_bias));
    const auto rounded = [&](const at::Tensor& t) {
      return t.defined() ? t.to(weight.scalar_type()) : t;
    };
    return {dx, rounded(of_weight), rounded(of_bias), {}, {}, {}, {}, {}, {}};
  }
};

}  // namespace

bool has_kernel_for_channels_last(const at::Tensor& x) {
  return x.dim() == 4 && !x.is_contiguous() && x.is_contiguous(kLast) && kernels_for(x) != nullptr;
}

at::Tensor group_norm_last(const GroupNorm& layer, const at::Tensor& x, bool silu) {
  const Norm n = {layer.groups, layer.eps, silu};
  const auto [y, mean, rstd] = compute(n, x, layer.weight, layer.bias);
  if (!y.defined()) {
    const at::Tensor normed =
        at::group_norm(x.contiguous(), layer.groups, layer.weight, layer.bias, layer.eps);
    return (silu ? at::silu(normed) : normed).contiguous(kLast);
  }
  if (!at::GradMode::is_enabled()) return y;
  return GroupNormLast::apply(x, layer.weight, layer.bias, y, mean, rstd, n.groups, n.eps, n.silu);
}

}  // namespace svg::nn
