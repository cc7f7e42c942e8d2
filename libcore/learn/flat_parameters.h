// All trained tensors as views into one flat buffer, and their gradients likewise: one call each for the norm, the update, the
// average and the file.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace svg::learn {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

struct FlatParameters {
  at::Tensor values;   // [P] f32
  at::Tensor grads;    // [P] f32, the tensors' .grad are views of it
  NamedTensors named;  // the model's own handles, now views of `values` that require gradients
};

// Moves the storage of the tensors (fp32, any shapes, handles shared with a model) into one flat buffer.
FlatParameters flatten(const NamedTensors& tensors);

// `flat` [P] cut into named tensors of the same shapes: for saving averages and moments. Views.
NamedTensors cut(const FlatParameters& like, const at::Tensor& flat);

// Global gradient norm; scales the gradients down to `max_norm` where it is larger (0: never). Returns the norm before.
double clip_gradients(FlatParameters&, double max_norm);

}  // namespace svg::learn
