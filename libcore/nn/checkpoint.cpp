#include "libcore/nn/checkpoint.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>

#include "libcore/base/error.h"
#include "libcore/tensor/host_copy.h"

namespace svg::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// As autograd's context holds it: a part, and of its inputs those that wait in host memory. The
// others autograd keeps itself.
struct HeldPart : torch::CustomClassHolder {
  explicit HeldPart(Part p) : part(std::move(p)) {}
  Part part;
  std::vector<std::optional<HostCopy>> away;
  std::vector<bool> learns;  // whether an input requires a gradient
};

struct Checkpoint : torch::autograd::Function<Checkpoint> {
  // `dummy` requires a gradient and gets none: it alone makes the result require one where all
  // inputs are frozen and only leaves inside learn. Autograd sees tensors that are arguments of
  // their own, not those of a vector.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& a, const at::Tensor& b,
                            const at::Tensor& c, const at::Tensor& d, const at::Tensor& dummy,
                            const Part& part, const Offload* offload) {
    (void)dummy;
    const std::vector<at::Tensor> inputs = {a, b, c, d};
    auto held = c10::make_intrusive<HeldPart>(part);
    std::vector<at::Tensor> stay = inputs;
    for (auto& x : stay) {
      held->learns.push_back(x.requires_grad());
      held->away.emplace_back();
      if (offload == nullptr || !offload->moves(x)) continue;
      held->away.back().emplace(x);
      x = at::Tensor();
    }
    context->save_for_backward(stay);
    context->saved_data["part"] = c10::IValue::make_capsule(std::move(held));
    const at::NoGradGuard no_grad;
    return part(inputs);
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto held =
        c10::static_intrusive_pointer_cast<HeldPart>(context->saved_data["part"].toCapsule());
    const auto stayed = context->get_saved_variables();
    variable_list again;
    for (size_t i = 0; i < stayed.size(); ++i) {
      const at::Tensor x = held->away[i] ? held->away[i]->back() : stayed[i];
      again.push_back(x.detach().requires_grad_(held->learns[i]));
    }
    {
      at::Tensor y;
      {
        const at::AutoGradMode with_grad(true);
        y = held->part(again);
      }
      torch::autograd::backward({y}, {grads[0]});
    }
    held->away.clear();  // autograd lets its own go, too
    variable_list out;
    for (const auto& x : again) out.push_back(x.requires_grad() ? x.grad() : at::Tensor());
    out.resize(out.size() + 3);  // the dummy, the part and what leaves
    return out;
  }
};

}  // namespace

// What is a part of a larger tensor would not free that by leaving.
bool Offload::moves(const at::Tensor& x) const {
  return static_cast<int64_t>(x.nbytes()) >= least_bytes && x.is_non_overlapping_and_dense() &&
         (from_cpu || !x.is_cpu());
}

at::Tensor plainly(const Part& part, const std::vector<at::Tensor>& inputs) {
  return part(inputs);
}

at::Tensor checkpoint(const Part& part, const std::vector<at::Tensor>& inputs,
                      const Offload* offload) {
  if (!at::GradMode::is_enabled()) return part(inputs);
  require(inputs.size() <= 4, ErrorKind::Internal, "a checkpoint takes up to 4 tensors");
  // Autograd takes no undefined tensors either: an empty one stands for each, and for those that
  // are too few.
  std::vector<at::Tensor> all = inputs;
  std::vector<bool> is_there;
  for (auto& x : all) {
    is_there.push_back(x.defined());
    if (!x.defined()) x = at::empty({0});
  }
  while (all.size() < 4) all.push_back(at::empty({0}));
  const Part as_given = [part, is_there](const std::vector<at::Tensor>& v) {
    std::vector<at::Tensor> given(is_there.size());
    for (size_t i = 0; i < given.size(); ++i) {
      if (is_there[i]) given[i] = v[i];
    }
    return part(given);
  };
  return Checkpoint::apply(all[0], all[1], all[2], all[3], at::empty({0}).requires_grad_(true),
                           as_given, offload);
}

}  // namespace svg::nn
