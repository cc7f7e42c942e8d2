#include "libcore/nn/checkpoint.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "formats/base/error.h"

namespace svg::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// A std::function as autograd's context holds it.
struct HeldPart : torch::CustomClassHolder {
  explicit HeldPart(Part p) : part(std::move(p)) {}
  Part part;
};

struct Checkpoint : torch::autograd::Function<Checkpoint> {
  // `dummy` requires a gradient and gets none: it alone makes the result require one where all inputs are frozen and only leaves inside learn.
  // Autograd sees tensors that are arguments of their own, not those of a vector.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& a, const at::Tensor& b, const at::Tensor& c, const at::Tensor& d,
                            const at::Tensor& dummy, const Part& part) {
    (void)dummy;
    const std::vector<at::Tensor> inputs = {a, b, c, d};
    context->save_for_backward(inputs);
    context->saved_data["part"] = c10::IValue::make_capsule(c10::make_intrusive<HeldPart>(part));
    const at::NoGradGuard no_grad;
    return part(inputs);
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto held = c10::static_intrusive_pointer_cast<HeldPart>(context->saved_data["part"].toCapsule());
    variable_list again;
    for (const auto& x : context->get_saved_variables()) {
      again.push_back(x.detach().requires_grad_(x.requires_grad()));
    }
    {
      at::Tensor y;
      {
        const at::AutoGradMode with_grad(true);
        y = held->part(again);
      }
      torch::autograd::backward({y}, {grads[0]});
    }
    variable_list out;
    for (const auto& x : again) out.push_back(x.requires_grad() ? x.grad() : at::Tensor());
    out.resize(out.size() + 2);  // the dummy and the part
    return out;
  }
};

}  // namespace

Checkpointing checkpointing_from(const std::string& name) {
  if (name == "none") return Checkpointing::None;
  if (name == "blocks") return Checkpointing::Blocks;
  if (name == "all") return Checkpointing::All;
  fail(ErrorKind::Usage, "--checkpoint-activations \"", name, "\": expected none, blocks or all");
}

at::Tensor checkpoint(const Part& part, const std::vector<at::Tensor>& inputs) {
  if (!at::GradMode::is_enabled()) return part(inputs);
  require(inputs.size() <= 4, ErrorKind::Internal, "a checkpoint takes up to 4 tensors");
  // Autograd takes no undefined tensors either: an empty one stands for each, and for those that are too few.
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
  return Checkpoint::apply(all[0], all[1], all[2], all[3], at::empty({0}).requires_grad_(true), as_given);
}

}  // namespace svg::nn
