#include "libcore/nn/norm_silu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <type_traits>
#include <vector>

#include "libcore/nn/group_norm_last.h"
#include "libcore/nn/norm_silu_kernel.h"
#include "libcore/nn/one_pass.h"

namespace svg::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// x [N, C, ...] as N * G groups.
struct Groups {
  Groups(const at::Tensor& x, int64_t groups)
      : samples(x.size(0)),
        channels(x.size(1)),
        pixels(x.numel() / (samples * channels)),
        count(groups) {}
  template <class Number>
  NormGroup<Number> at(int64_t i, const at::Tensor& x, const at::Tensor& weight,
                       const at::Tensor& bias) const {
    const int64_t each = channels / count, first = i % count * each;
    return {numbers_in<Number>(x) + i * numbers(), each, pixels, numbers_in<Number>(weight) + first,
            numbers_in<Number>(bias) + first};
  }
  int64_t numbers() const { return channels / count * pixels; }  // of a group
  // f(first, last) for stretches of the groups of all samples, on all threads.
  template <class F>
  void for_stretches(const F& f) const {
    at::parallel_for(0, samples * count, std::max<int64_t>(1, kNumbersWorthAThread / numbers()), f);
  }
  int64_t samples, channels, pixels, count;
};

// y, mean and rstd [N, G] of contiguous x.
std::tuple<at::Tensor, at::Tensor, at::Tensor> compute(const at::Tensor& x,
                                                       const at::Tensor& weight,
                                                       const at::Tensor& bias, int64_t groups,
                                                       double eps) {
  const Groups all(x, groups);
  if (!has_kernel(x)) {
    auto result =
        at::native_group_norm(x, weight, bias, all.samples, all.channels, all.pixels, groups, eps);
    at::silu_(std::get<0>(result));
    return result;
  }
  const at::Tensor y = at::empty_like(x),
                   mean = at::empty({all.samples, groups}, x.options().dtype(at::kFloat)),
                   rstd = at::empty_like(mean);
  if (x.is_meta()) return {y, mean, rstd};
  float* const means = mean.mutable_data_ptr<float>();
  float* const rstds = rstd.mutable_data_ptr<float>();
  with_number(x, [&](auto number) {
    using Number = decltype(number);
    auto* const to = numbers_to<Number>(y);
    all.for_stretches([&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const auto statistics = norm_silu(all.at<Number>(i, x, weight, bias),
                                          static_cast<float>(eps), to + i * all.numbers());
        means[i] = statistics.mean;
        rstds[i] = statistics.rstd;
      }
    });
  });
  return {y, mean, rstd};
}

// From the gradient of y: of_x as x; of_weight and of_bias [N, C] f32, of each sample. `saved`: x,
// weight, bias, mean, rstd.
void backward_on_cpu(const Groups& all, const variable_list& saved, const at::Tensor& grad,
                     const at::Tensor& of_x, const at::Tensor& of_weight,
                     const at::Tensor& of_bias) {
  const at::Tensor& x = saved[0];
  const float* const means = saved[3].const_data_ptr<float>();
  const float* const rstds = saved[4].const_data_ptr<float>();
  float* const weights = of_weight.mutable_data_ptr<float>();
  float* const biases = of_bias.mutable_data_ptr<float>();
  const int64_t each = all.channels / all.count, numbers = all.numbers();
  with_number(x, [&](auto number) {
    using Number = decltype(number);
    const auto* const from = numbers_in<Number>(grad);
    auto* const to = numbers_to<Number>(of_x);
    all.for_stretches([&](int64_t begin, int64_t end) {
      std::vector<float> scratch;
      if constexpr (!std::is_same_v<Number, float>) scratch.resize(static_cast<size_t>(numbers));
      for (int64_t i = begin; i < end; ++i) {
        float* work = scratch.data();
        if constexpr (std::is_same_v<Number, float>) work = to + i * numbers;
        norm_silu_backward(all.at<Number>(i, x, saved[1], saved[2]), {means[i], rstds[i]},
                           from + i * numbers, work, to + i * numbers, weights + i * each,
                           biases + i * each);
      }
    });
  });
}

struct NormSilu : torch::autograd::Function<NormSilu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, int64_t groups, double eps) {
    const auto [y, mean, rstd] = compute(x, weight, bias, groups, eps);
    context->save_for_backward({x, weight, bias, mean, rstd});
    context->saved_data["groups"] = groups;
    context->saved_data["eps"] = eps;
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &bias = saved[2], &mean = saved[3],
                     &rstd = saved[4];
    const Groups all(x, context->saved_data["groups"].toInt());
    const at::Tensor grad = grads[0].contiguous();
    const std::array<bool, 3> wanted = {context->needs_input_grad(0), context->needs_input_grad(1),
                                        context->needs_input_grad(2)};
    if (!has_kernel(x)) {
      const at::Tensor normed =
          std::get<0>(at::native_group_norm(x, weight, bias, all.samples, all.channels, all.pixels,
                                            all.count, context->saved_data["eps"].toDouble()));
      const auto [of_x, of_weight, of_bias] =
          at::native_group_norm_backward(at::silu_backward(grad, normed), x, mean, rstd, weight,
                                         all.samples, all.channels, all.pixels, all.count, wanted);
      return {of_x, of_weight, of_bias, {}, {}};
    }
    const at::Tensor of_x = at::empty_like(x),
                     of_weight = at::empty({all.samples, all.channels}, mean.options()),
                     of_bias = at::empty_like(of_weight);
    if (!x.is_meta()) backward_on_cpu(all, saved, grad, of_x, of_weight, of_bias);
    const auto summed = [&](bool is_wanted, const at::Tensor& of_samples) {
      return is_wanted ? of_samples.sum(0).to(weight.scalar_type()) : at::Tensor();
    };
    return {of_x, summed(wanted[1], of_weight), summed(wanted[2], of_bias), {}, {}};
  }
};

}  // namespace

at::Tensor norm_silu(const GroupNorm& layer, const at::Tensor& x) {
  if (has_kernel_for_channels_last(x)) return group_norm_last(layer, x, /*silu=*/true);
  const at::Tensor all = x.contiguous();
  if (!at::GradMode::is_enabled())
    return std::get<0>(compute(all, layer.weight, layer.bias, layer.groups, layer.eps));
  return NormSilu::apply(all, layer.weight, layer.bias, layer.groups, layer.eps);
}

}  // namespace svg::nn
