#include "libcore/nn/add_norm.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>

#include "libcore/nn/add_norm_kernel.h"
#include "libcore/nn/one_pass.h"
#include "libcore/nn/row_blocks.h"

namespace svg::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Computed {
  at::Tensor sum, normed, mean, rstd;  // without normalization the sum alone
};

template <class Number>
const Number* numbers_or_null(const at::Tensor& x) {
  return x.defined() ? numbers_in<Number>(x) : nullptr;
}

template <class Number>
AddNorm<Number> arguments_of(const at::Tensor& y, const at::Tensor& bias, const at::Tensor& weight,
                             const at::Tensor& shift, double eps) {
  return {y.size(1), numbers_or_null<Number>(bias), numbers_or_null<Number>(weight),
          numbers_or_null<Number>(shift), static_cast<float>(eps)};
}

Computed compute(const at::Tensor& y, const at::Tensor& bias, const at::Tensor& residual,
                 const at::Tensor& weight, const at::Tensor& shift, double eps) {
  const bool adds = bias.defined() || residual.defined(), norms = weight.defined();
  Computed c;
  c.sum = adds ? at::empty(y.sizes(), y.options()) : y;
  if (norms) {
    c.normed = at::empty(y.sizes(), y.options());
    c.mean = at::empty({y.size(0)}, y.options().dtype(at::kFloat));
    c.rstd = at::empty_like(c.mean);
  }
  if (y.is_meta() || y.numel() == 0) return c;
  with_number(y, [&](auto number) {
    using Number = decltype(number);
    const auto all = arguments_of<Number>(y, bias, weight, shift, eps);
    const auto* const from = numbers_in<Number>(y);
    const auto* const other = numbers_or_null<Number>(residual);
    auto* const sum = adds ? numbers_to<Number>(c.sum) : nullptr;
    auto* const normed = norms ? numbers_to<Number>(c.normed) : nullptr;
    float* const mean = norms ? c.mean.mutable_data_ptr<float>() : nullptr;
    float* const rstd = norms ? c.rstd.mutable_data_ptr<float>() : nullptr;
    RowBlocks(y.size(0), all.width).for_each([&](int64_t, int64_t row, int64_t rows) {
      const int64_t first = row * all.width;
      add_norm(all, rows, from + first, other != nullptr ? other + first : nullptr,
               adds ? sum + first : nullptr, norms ? normed + first : nullptr,
               norms ? mean + row : nullptr, norms ? rstd + row : nullptr);
    });
  });
  return c;
}

// The sum of the rows, in fp32.
at::Tensor summed_rows(const at::Tensor& x) {
  const RowBlocks blocks(x.size(0), x.size(1));
  const at::Tensor sums = at::zeros({blocks.count(), x.size(1)}, x.options().dtype(at::kFloat));
  if (!x.is_meta()) {
    float* const to = sums.mutable_data_ptr<float>();
    with_number(x, [&](auto number) {
      using Number = decltype(number);
      const auto* const from = numbers_in<Number>(x);
      blocks.for_each([&](int64_t block, int64_t row, int64_t rows) {
        add_rows(from + row * x.size(1), rows, x.size(1), to + block * x.size(1));
      });
    });
  }
  return sums.sum(0);
}

using Maybe = std::optional<at::Tensor>;  // autograd takes no undefined tensor as an input

Maybe maybe(const at::Tensor& x) {
  return x.defined() ? Maybe(x.contiguous()) : std::nullopt;
}
at::Tensor or_undefined(const Maybe& x) {
  return x.value_or(at::Tensor());
}

// Which of bias and residual an addition had, and whose gradients are wanted: autograd counts the
// inputs that are there, after y.
struct Inputs {
  static void remember(AutogradContext& context, const Maybe& bias, const Maybe& residual) {
    context.saved_data["bias"] = bias.has_value();
    context.saved_data["residual"] = residual.has_value();
  }
  explicit Inputs(AutogradContext& context) {
    size_t next = 1;
    const auto learns = [&](const char* name) {
      return context.saved_data[name].toBool() && context.needs_input_grad(next++);
    };
    bias = learns("bias");
    residual = learns("residual");
    after = next;
  }
  bool bias = false, residual = false;
  size_t after = 0;  // the number of the first input after them
};

struct AddRows : torch::autograd::Function<AddRows> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& y, const Maybe& bias,
                            const Maybe& residual) {
    Inputs::remember(*context, bias, residual);
    return compute(y, or_undefined(bias), or_undefined(residual), {}, {}, 0).sum;
  }
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const at::Tensor& grad = grads[0];
    const Inputs wanted(*context);
    at::Tensor of_bias;
    if (wanted.bias) of_bias = summed_rows(grad.contiguous()).to(grad.scalar_type());
    return {grad, of_bias, wanted.residual ? grad : at::Tensor()};
  }
};

struct AddNormRows : torch::autograd::Function<AddNormRows> {
  static variable_list forward(AutogradContext* context, const at::Tensor& y, const Maybe& bias,
                               const Maybe& residual, const at::Tensor& weight,
                               const at::Tensor& shift, double eps) {
    const auto c = compute(y, or_undefined(bias), or_undefined(residual), weight, shift, eps);
    context->set_materialize_grads(false);
    context->save_for_backward({c.sum, weight, c.mean, c.rstd});
    Inputs::remember(*context, bias, residual);
    return {c.sum, c.normed};
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &h = saved[0], &weight = saved[1], &mean = saved[2], &rstd = saved[3];
    const Inputs wanted(*context);
    const bool norm_learns =
        context->needs_input_grad(wanted.after) || context->needs_input_grad(wanted.after + 1);
    const auto narrowed = [&](const at::Tensor& sums) { return sums.to(h.scalar_type()); };
    const auto to_residual = [&](const at::Tensor& of_y) {
      return wanted.residual ? of_y : at::Tensor();
    };
    if (!grads[1].defined()) {  // nothing used what was normalized
      if (!grads[0].defined()) return {{}, {}, {}, {}, {}, {}};
      return {grads[0],
              wanted.bias ? narrowed(summed_rows(grads[0].contiguous())) : at::Tensor(),
              to_residual(grads[0]),
              {},
              {},
              {}};
    }
    const at::Tensor of_normed = grads[1].contiguous(),
                     of_sum = grads[0].defined() ? grads[0].contiguous() : at::Tensor();
    const int64_t width = h.size(1);
    const RowBlocks blocks(h.size(0), width);
    // Of bias, weight and shift, a row of each a block.
    const at::Tensor of_y = at::empty(h.sizes(), h.options()),
                     sums = at::zeros({3, blocks.count(), width}, mean.options());
    if (!h.is_meta()) {
      float* const to = sums.mutable_data_ptr<float>();
      with_number(h, [&](auto number) {
        using Number = decltype(number);
        const auto all = arguments_of<Number>(h, {}, weight, {}, 0);
        const auto* const x = numbers_in<Number>(h);
        const auto* const grad_normed = numbers_in<Number>(of_normed);
        const auto* const grad_sum = numbers_or_null<Number>(of_sum);
        auto* const grad_y = numbers_to<Number>(of_y);
        const float* const means = mean.const_data_ptr<float>();
        const float* const rstds = rstd.const_data_ptr<float>();
        blocks.for_each([&](int64_t block, int64_t row, int64_t rows) {
          const int64_t first = row * width;
          const auto part = [&](int64_t i, bool is_summed) {
            return is_summed ? to + (i * blocks.count() + block) * width : nullptr;
          };
          add_norm_backward(all, rows, x + first, means + row, rstds + row,
                            grad_sum != nullptr ? grad_sum + first : nullptr, grad_normed + first,
                            grad_y + first,
                            {part(0, wanted.bias), part(1, norm_learns), part(2, norm_learns)});
        });
      });
    }
    const at::Tensor totals = narrowed(sums.sum(1));
    return {of_y,
            wanted.bias ? totals[0] : at::Tensor(),
            to_residual(of_y),
            norm_learns ? totals[1] : at::Tensor(),
            norm_learns ? totals[2] : at::Tensor(),
            {}};
  }
};

}  // namespace

at::Tensor add_rows(const at::Tensor& y, const at::Tensor& bias, const at::Tensor& residual) {
  const at::Tensor rows = y.contiguous();
  const Maybe added = maybe(bias), other = maybe(residual);
  return at::GradMode::is_enabled()
             ? AddRows::apply(rows, added, other)
             : compute(rows, or_undefined(added), or_undefined(other), {}, {}, 0).sum;
}

AddedRows add_norm(const LayerNorm& norm, const at::Tensor& y, const at::Tensor& bias,
                   const at::Tensor& residual) {
  const at::Tensor rows = y.contiguous();
  const Maybe added = maybe(bias), other = maybe(residual);
  if (at::GradMode::is_enabled()) {
    const auto both = AddNormRows::apply(rows, added, other, norm.weight, norm.bias, norm.eps);
    return {both[0], both[1]};
  }
  const auto c =
      compute(rows, or_undefined(added), or_undefined(other), norm.weight, norm.bias, norm.eps);
  return {c.sum, c.normed};
}

}  // namespace svg::nn
