#include "libcore/nn/short_attention.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "libcore/nn/one_pass.h"
#include "libcore/nn/short_attention_kernel.h"

namespace svg::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Keys and values of one head stay in a core's second cache.
constexpr int64_t kMostNumbersOfKeys = 8192;

// q, k and v as S sequences of A heads.
struct Heads {
  Heads(const at::Tensor& q, const at::Tensor& k, int64_t s, int64_t a) : sequences(s), heads(a) {
    shape.queries = q.size(0) / sequences;
    shape.keys = k.size(0) / sequences;
    shape.width = q.size(1) / heads;
    shape.scale = static_cast<float>(1 / std::sqrt(static_cast<double>(shape.width)));
  }
  // The rows of head i of all in x, of `tokens` rows a sequence.
  template <class Number>
  HeadRows<const Number> in(const at::Tensor& x, int64_t tokens, int64_t i) const {
    return {numbers_in<Number>(x) + offset(x, tokens, i), x.stride(0)};
  }
  template <class Number>
  HeadRows<Number> to(const at::Tensor& x, int64_t tokens, int64_t i) const {
    return {numbers_to<Number>(x) + offset(x, tokens, i), x.stride(0)};
  }
  // f(i, numbers to work in) for each head of each sequence, on all threads.
  template <class F>
  void for_each(const F& f) const {
    const int64_t work = shape.queries * (shape.keys + shape.width);
    const int64_t grain = std::max<int64_t>(1, kNumbersWorthAThread / work);
    at::parallel_for(0, sequences * heads, grain, [&](int64_t begin, int64_t end) {
      std::vector<float> scratch(static_cast<size_t>(short_attention_scratch(shape)));
      for (int64_t i = begin; i < end; ++i) f(i, scratch.data());
    });
  }

  int64_t sequences, heads;
  HeadShape shape;

 private:
  int64_t offset(const at::Tensor& x, int64_t tokens, int64_t i) const {
    return i / heads * tokens * x.stride(0) + i % heads * shape.width;
  }
};

at::Tensor compute(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t sequences,
                   int64_t heads) {
  const at::Tensor out = at::empty(q.sizes(), q.options());
  if (q.is_meta()) return out;
  const Heads all(q, k, sequences, heads);
  const auto& s = all.shape;
  with_number(q, [&](auto number) {
    using Number = decltype(number);
    all.for_each([&](int64_t i, float* scratch) {
      short_attention(s, all.in<Number>(q, s.queries, i), all.in<Number>(k, s.keys, i),
                      all.in<Number>(v, s.keys, i), all.to<Number>(out, s.queries, i), scratch);
    });
  });
  return out;
}

struct ShortAttention : torch::autograd::Function<ShortAttention> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& q, const at::Tensor& k,
                            const at::Tensor& v, int64_t sequences, int64_t heads) {
    context->save_for_backward({q, k, v});
    context->saved_data["sequences"] = sequences;
    context->saved_data["heads"] = heads;
    return compute(q, k, v, sequences, heads);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &q = saved[0], &k = saved[1], &v = saved[2];
    const at::Tensor grad = grads[0].contiguous();
    const auto like = [](const at::Tensor& x) { return at::empty(x.sizes(), x.options()); };
    const at::Tensor of_q = like(q), of_k = like(k), of_v = like(v);
    if (q.is_meta()) return {of_q, of_k, of_v, {}, {}};
    const Heads all(q, k, context->saved_data["sequences"].toInt(),
                    context->saved_data["heads"].toInt());
    const auto& s = all.shape;
    with_number(q, [&](auto number) {
      using Number = decltype(number);
      all.for_each([&](int64_t i, float* scratch) {
        short_attention_backward(s, all.in<Number>(q, s.queries, i), all.in<Number>(k, s.keys, i),
                                 all.in<Number>(v, s.keys, i), all.in<Number>(grad, s.queries, i),
                                 all.to<Number>(of_q, s.queries, i),
                                 all.to<Number>(of_k, s.keys, i), all.to<Number>(of_v, s.keys, i),
                                 scratch);
      });
    });
    return {of_q, of_k, of_v, {}, {}};
  }
};

// Numbers of a row lie next to each other.
at::Tensor in_rows(const at::Tensor& x) {
  return x.stride(1) == 1 ? x : x.contiguous();
}

}  // namespace

bool is_short_attention(const at::Tensor& q, int64_t keys, int64_t width) {
  return has_kernel(q) && keys > 0 && keys * width <= kMostNumbersOfKeys;
}

at::Tensor short_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           int64_t sequences, int64_t heads) {
  const at::Tensor queries = in_rows(q), keys = in_rows(k), values = in_rows(v);
  return at::GradMode::is_enabled() ? ShortAttention::apply(queries, keys, values, sequences, heads)
                                    : compute(queries, keys, values, sequences, heads);
}

}  // namespace svg::nn
