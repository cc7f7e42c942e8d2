// Weights of a model that something else stands in for a while: their own numbers wait in host memory and come back bit for bit.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "libcore/tensor/host_copy.h"

namespace svg::learn {

class OverwrittenWeights {
 public:
  // Handles shared with the model; nothing is copied yet.
  explicit OverwrittenWeights(std::vector<at::Tensor> weights = {}) : weights_(std::move(weights)) {}

  // From here on they may be written over. The copy is made once: whoever else changes the weights later does so in vain.
  void begin();
  // Writes their own numbers back, where begin() was called since.
  void restore();
  bool begun() const { return begun_; }

 private:
  std::vector<at::Tensor> weights_;
  std::vector<HostCopy> own_;  // of each; empty before the first begin()
  bool begun_ = false;
};

}  // namespace svg::learn
