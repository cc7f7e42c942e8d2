#include "libcore/tensor/allocation_simulation.h"

#include <ATen/ATen.h>
#include <c10/core/Allocator.h>
#include <torch/library.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace svg {

struct AllocationSimulation::Allocator : c10::Allocator {
  struct Counts {
    int64_t live = 0, peak = 0;
  };
  // What a storage holds: it may outlive the simulation.
  struct Block {
    std::shared_ptr<Counts> counts;
    int64_t bytes;
  };
  static void release(void* block) {
    const std::unique_ptr<Block> held(static_cast<Block*>(block));
    held->counts->live -= held->bytes;
  }
  c10::DataPtr allocate(size_t bytes) override {
    counts->live += static_cast<int64_t>(bytes);
    counts->peak = std::max(counts->peak, counts->live);
    return {nullptr, new Block{counts, static_cast<int64_t>(bytes)}, &release,
            at::Device(at::kMeta)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void*, const void*, size_t) const override {}

  std::shared_ptr<Counts> counts = std::make_shared<Counts>();
  c10::Allocator* before = c10::GetAllocator(at::kMeta);
};

AllocationSimulation::AllocationSimulation() : allocator_(std::make_unique<Allocator>()) {
  c10::SetAllocator(at::kMeta, allocator_.get());
}
AllocationSimulation::~AllocationSimulation() {
  c10::SetAllocator(at::kMeta, allocator_->before);
}
int64_t AllocationSimulation::live_bytes() const {
  return allocator_->counts->live;
}
int64_t AllocationSimulation::peak_bytes() const {
  return allocator_->counts->peak;
}
void AllocationSimulation::reset_peak() {
  allocator_->counts->peak = allocator_->counts->live;
}

namespace {

using Triple = std::tuple<at::Tensor, at::Tensor, at::Tensor>;
using Optional = std::optional<at::Tensor>;

// LibTorch has the kernels of these for the meta device in Python only. They give what the real
// ones give, and hold for a moment what those hold.

at::Tensor contiguous_like(const at::Tensor& x) {
  return at::empty(x.sizes(), x.options());
}
at::Tensor only_if(bool wanted, const at::Tensor& x) {
  return wanted ? contiguous_like(x) : at::Tensor();
}
at::Tensor statistics(at::IntArrayRef sizes, const at::Tensor& like) {
  return at::empty(sizes, like.options());
}

at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight, const Optional&,
                       at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
                       bool, at::IntArrayRef, int64_t) {
  std::vector<int64_t> sizes = {input.size(0), weight.size(0)};
  for (size_t i = 2; i < static_cast<size_t>(input.dim()); ++i) {
    const auto axis = static_cast<int64_t>(i);
    sizes.push_back(
        (input.size(axis) + 2 * padding[i - 2] - dilation[i - 2] * (weight.size(axis) - 1) - 1) /
            stride[i - 2] +
        1);
  }
  const at::Tensor output = at::empty(sizes, input.options());
  const at::Tensor reordered_input = contiguous_like(input),
                   reordered_output = contiguous_like(output);
  return output;
}

Triple convolution_backward(const at::Tensor& grad, const at::Tensor& input,
                            const at::Tensor& weight, at::IntArrayRef, at::IntArrayRef,
                            at::IntArrayRef, bool, at::IntArrayRef, int64_t,
                            std::array<bool, 3> wanted) {
  const at::Tensor reordered_grad = contiguous_like(grad), reordered_input = contiguous_like(input);
  return {only_if(wanted[0], input), only_if(wanted[1], weight),
          wanted[2] ? at::empty({grad.size(1)}, grad.options()) : at::Tensor()};
}

Triple group_norm(const at::Tensor& x, const Optional&, const Optional&, int64_t n, int64_t,
                  int64_t, int64_t groups, double) {
  return {contiguous_like(x), statistics({n, groups}, x), statistics({n, groups}, x)};
}

Triple group_norm_backward(const at::Tensor&, const at::Tensor& x, const at::Tensor&,
                           const at::Tensor&, const Optional&, int64_t, int64_t c, int64_t, int64_t,
                           std::array<bool, 3> wanted) {
  const auto of_channels = [&](bool w) { return w ? at::empty({c}, x.options()) : at::Tensor(); };
  return {only_if(wanted[0], x), of_channels(wanted[1]), of_channels(wanted[2])};
}

Triple layer_norm(const at::Tensor& x, at::IntArrayRef shape, const Optional&, const Optional&,
                  double) {
  auto sizes = x.sizes().vec();
  std::fill(sizes.end() - static_cast<int64_t>(shape.size()), sizes.end(), 1);
  return {contiguous_like(x), statistics(sizes, x), statistics(sizes, x)};
}

Triple layer_norm_backward(const at::Tensor&, const at::Tensor& x, at::IntArrayRef shape,
                           const at::Tensor&, const at::Tensor&, const Optional&, const Optional&,
                           std::array<bool, 3> wanted) {
  const auto of_width = [&](bool w) { return w ? at::empty(shape, x.options()) : at::Tensor(); };
  return {only_if(wanted[0], x), of_width(wanted[1]), of_width(wanted[2])};
}

std::tuple<at::Tensor, at::Tensor> attention(const at::Tensor& q, const at::Tensor&,
                                             const at::Tensor& v, double, bool, const Optional&,
                                             std::optional<double>) {
  const at::Tensor out =
      at::empty({q.size(0), q.size(2), q.size(1), v.size(3)}, q.options()).transpose(1, 2);
  return {out, at::empty({q.size(0), q.size(1), q.size(2)}, q.options().dtype(at::kFloat))};
}

Triple attention_backward(const at::Tensor&, const at::Tensor& q, const at::Tensor& k,
                          const at::Tensor& v, const at::Tensor&, const at::Tensor&, double, bool,
                          const Optional&, std::optional<double>) {
  return {contiguous_like(q), contiguous_like(k), contiguous_like(v)};
}

// Elsewhere the kernel is chosen by the device, and for this one it would be the one that keeps
// every pair of tokens.
at::Tensor fused_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           const Optional& mask, double dropout, bool causal,
                           std::optional<double> scale, bool) {
  return std::get<0>(
      at::_scaled_dot_product_flash_attention_for_cpu(q, k, v, dropout, causal, mask, scale));
}

at::Tensor index_select(const at::Tensor& x, int64_t axis, const at::Tensor& index) {
  auto sizes = x.sizes().vec();
  sizes[static_cast<size_t>(axis < 0 ? axis + x.dim() : axis)] = index.numel();
  return at::empty(sizes, x.options());
}

at::Tensor embedding_backward(const at::Tensor& grad, const at::Tensor&, int64_t rows, int64_t,
                              bool) {
  return at::empty({rows, grad.size(-1)}, grad.options());
}

void fused_adamw(at::TensorList, at::TensorList, at::TensorList, at::TensorList, at::TensorList,
                 at::TensorList, double, double, double, double, double, bool, bool,
                 const Optional&, const Optional&) {}

}  // namespace

TORCH_LIBRARY_IMPL(aten, Meta, m) {
  m.impl("convolution_overrideable", convolution);
  m.impl("convolution_backward_overrideable", convolution_backward);
  m.impl("native_group_norm", group_norm);
  m.impl("native_group_norm_backward", group_norm_backward);
  m.impl("native_layer_norm", layer_norm);
  m.impl("native_layer_norm_backward", layer_norm_backward);
  m.impl("_scaled_dot_product_flash_attention_for_cpu", attention);
  m.impl("_scaled_dot_product_flash_attention_for_cpu_backward", attention_backward);
  m.impl("index_select", index_select);
  m.impl("embedding_dense_backward", embedding_backward);
  m.impl("_fused_adamw_", fused_adamw);
}

TORCH_LIBRARY_IMPL(aten, AutogradMeta, m) {
  m.impl("scaled_dot_product_attention", fused_attention);
}

}  // namespace svg
