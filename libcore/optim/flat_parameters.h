// All trained tensors as views into one flat buffer, and their gradients likewise: one call each
// for the norm, the update, the average and the file.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "libcore/tensor/parameters.h"

namespace svg::optim {

struct FlatParameters {
  at::Tensor values;  // [P] f32, the masters: what is updated, averaged and stored
  at::Tensor
      weights;  // [P] what the model computes with: `values` itself, or a copy in a narrower dtype
  at::Tensor grads;  // [P] of the dtype of `weights`; the tensors' .grad are views of it
  at::Tensor
      sum;  // [P] f32, gradients of several micro-batches where `grads` is narrower; else undefined
  NamedTensors named;  // the model's own handles, now views of `weights` that require gradients
};

// Moves the storage of the tensors (fp32, any shapes, handles shared with a model) into one flat
// buffer. With another `compute` the model's handles become tensors of that dtype. `micro_batches`:
// whose gradients come together before an update.
FlatParameters flatten(const NamedTensors& tensors, at::ScalarType compute = at::kFloat,
                       int64_t micro_batches = 1);
// The same for what never learns: no gradients are kept.
FlatParameters flatten_frozen(const NamedTensors& tensors);

// `values` were changed: the model's weights follow.
void refresh_weights(FlatParameters&);

// Before the first backward pass of an update, and after each of them.
void clear_gradients(FlatParameters&);
void collect_gradients(FlatParameters&);
// What an update uses: the sum where there is one.
at::Tensor& gradients(FlatParameters&);

// `flat` [P] cut into named tensors of the same shapes: for saving averages and moments. Views.
NamedTensors cut(const FlatParameters& like, const at::Tensor& flat);

// Global gradient norm; scales the gradients down to `max_norm` where it is larger (0: never).
// Returns the norm before.
double clip_gradients(FlatParameters&, double max_norm);

// Calls `f` with stretches of 0 .. `total` that are short beside a large model: what it allocates
// stays small. All but the last are a multiple of 256 long.
void for_each_segment(int64_t total, const std::function<void(int64_t first, int64_t count)>& f);

}  // namespace svg::optim
