#include "libcore/nn/layers.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "libcore/nn/group_norm_last.h"

namespace svg::nn {
namespace {

// x [..., in] through one matrix per episode: out[e] = x[e] W[e]^T + bias.
at::Tensor per_episode(const at::Tensor& x, const at::Tensor& weights, const at::Tensor& bias) {
  const int64_t episodes = weights.size(0), out = weights.size(1), in = weights.size(2);
  const at::Tensor rows = x.reshape({episodes, -1, in});
  const at::Tensor columns = weights.transpose(1, 2);
  auto shape = x.sizes().vec();
  shape.back() = out;
  return (bias.defined() ? at::baddbmm(bias, rows, columns) : at::bmm(rows, columns)).view(shape);
}

// The sums that a write in closed form asks for.
void note_sums(const at::Tensor& y, const at::Tensor& low, const LoraSlot& slot) {
  if (!slot.gram.defined() && !slot.outer.defined()) return;
  const at::NoGradGuard no_grad;
  const int64_t episodes = slot.a.size(0);
  const auto rows = [&](const at::Tensor& t) {
    return t.detach().reshape({episodes, -1, t.size(-1)}).to(at::kFloat);
  };
  const auto l = rows(low);
  // The handles are the holder's: what is added to is its memory.
  if (slot.gram.defined()) at::Tensor(slot.gram).baddbmm_(l.transpose(1, 2), l);
  if (slot.outer.defined()) at::Tensor(slot.outer).baddbmm_(rows(y).transpose(1, 2), l);
}

// y + scale * B (A x), with one pair (A, B) per episode; y [..., out] is what the layer itself
// gives, and gradients reach through it what of W learns. The pairs learn in fp32; where the layer
// computes in less, so do they here: y is rounded to that anyway, and the gradients come back to
// fp32.
at::Tensor with_side_path(const at::Tensor& y, const at::Tensor& x, const LoraSlot& slot) {
  const int64_t episodes = slot.a.size(0), in = slot.a.size(2), out = slot.b.size(1);
  const at::Tensor a = slot.a.to(x.scalar_type()), b = slot.b.to(x.scalar_type());
  if (episodes == 1) {
    const at::Tensor low = at::mm(x.reshape({-1, in}), a.select(0, 0).t());
    note_sums(y, low, slot);
    return at::addmm(y.reshape({-1, out}), low, b.select(0, 0).t(), 1, slot.scale).view(y.sizes());
  }
  const at::Tensor low = at::bmm(x.reshape({episodes, -1, in}), a.transpose(1, 2));
  note_sums(y, low, slot);
  return at::baddbmm(y.reshape({episodes, -1, out}), low, b.transpose(1, 2), 1, slot.scale)
      .view(y.sizes());
}

// Whether learning costs less through the sum W + scale * B A of each episode than beside the
// frozen layer: narrow layers, where the pair is as large as the matrix. Multiplications of forward
// and backward, for x of as many rows an episode.
bool sum_is_cheaper(const Linear& layer, const at::Tensor& x, const LoraSlot& slot) {
  if (layer.weight.scalar_type() != slot.a.scalar_type())
    return false;  // the sum would lose what is small in it
  if (slot.gram.defined() || slot.outer.defined()) return false;  // A x is looked at
  if (!slot.a.requires_grad())
    return false;  // constants: with B = 0, W shall learn as it does without them, bit for bit
  const int64_t episodes = slot.a.size(0), rank = slot.a.size(1), in = slot.a.size(2),
                out = slot.b.size(1);
  const int64_t rows = x.numel() / in / episodes;
  const int64_t through = 3 * rows * in * out + 3 * rank * in * out;
  const int64_t beside = 2 * rows * in * out + 3 * rows * rank * (in + out);
  return through < beside;
}

at::Tensor sum_of(const Linear& layer, const LoraSlot& slot) {
  const auto w = layer.weight.unsqueeze(0).expand({slot.a.size(0), -1, -1});
  return at::baddbmm(w, slot.b, slot.a, 1, slot.scale);
}

at::Tensor through(const at::Tensor& weights, const Linear& layer, const at::Tensor& x) {
  return weights.size(0) == 1 ? at::linear(x, weights.select(0, 0), layer.bias)
                              : per_episode(x, weights, layer.bias);
}

}  // namespace

Linear make_linear(Parameters& parameters, const std::string& name, int64_t in, int64_t out,
                   bool bias) {
  Linear layer;
  layer.weight = parameters.take(name + ".weight", {out, in}, Init::FanIn, in);
  if (bias) layer.bias = parameters.take(name + ".bias", {out}, Init::FanIn, in);
  layer.lora = parameters.add_site(name, layer.weight);
  return layer;
}

at::Tensor forward(const Linear& layer, const at::Tensor& x) {
  const LoraSlot* slot = layer.lora.get();
  if (slot == nullptr || !slot->active()) return at::linear(x, layer.weight, layer.bias);
  if (slot->merged.defined()) return through(slot->merged, layer, x);
  if (sum_is_cheaper(layer, x, *slot)) return through(sum_of(layer, *slot), layer, x);
  return with_side_path(at::linear(x, layer.weight, layer.bias), x, *slot);
}

at::Tensor without_bias(const Linear& layer, const at::Tensor& x) {
  return forward(Linear{layer.weight, {}, layer.lora}, x);
}

Conv2d make_conv2d(Parameters& parameters, const std::string& name, int64_t in, int64_t out,
                   int64_t kernel, int64_t stride, int64_t padding) {
  const int64_t fan_in = in * kernel * kernel;
  Conv2d layer;
  layer.weight = parameters.take(name + ".weight", {out, in, kernel, kernel}, Init::FanIn, fan_in);
  layer.bias = parameters.take(name + ".bias", {out}, Init::FanIn, fan_in);
  layer.stride = stride;
  layer.padding = padding;
  return layer;
}

at::Tensor forward(const Conv2d& layer, const at::Tensor& x) {
  return at::conv2d(x, layer.weight, layer.bias, layer.stride, layer.padding);
}

GroupNorm make_group_norm(Parameters& parameters, const std::string& name, int64_t channels,
                          int64_t groups, double eps) {
  GroupNorm layer;
  layer.weight = parameters.take(name + ".weight", {channels}, Init::Ones);
  layer.bias = parameters.take(name + ".bias", {channels}, Init::Zeros);
  layer.groups = groups;
  layer.eps = eps;
  return layer;
}

at::Tensor forward(const GroupNorm& layer, const at::Tensor& x) {
  if (has_kernel_for_channels_last(x)) return group_norm_last(layer, x, /*silu=*/false);
  return at::group_norm(x, layer.groups, layer.weight, layer.bias, layer.eps);
}

LayerNorm make_layer_norm(Parameters& parameters, const std::string& name, int64_t width,
                          double eps) {
  LayerNorm layer;
  layer.weight = parameters.take(name + ".weight", {width}, Init::Ones);
  layer.bias = parameters.take(name + ".bias", {width}, Init::Zeros);
  layer.eps = eps;
  return layer;
}

at::Tensor forward(const LayerNorm& layer, const at::Tensor& x) {
  return at::layer_norm(x, layer.weight.sizes(), layer.weight, layer.bias, layer.eps);
}

}  // namespace svg::nn
