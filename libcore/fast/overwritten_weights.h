// Weights of a model that others overwrite for a while: a copy in host memory brings them back bit
// for bit.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

namespace svg::fast {

class OverwrittenWeights {
 public:
  // Handles shared with the model, all of one dtype on one device. Host memory for them is taken
  // here, nothing is copied yet.
  explicit OverwrittenWeights(std::vector<at::Tensor> weights = {});

  // From here on they may be written over. The copy is made once: whoever else changes the weights
  // later does so in vain.
  void begin();
  // Copies them back, where begin() was called since.
  void restore();
  bool begun() const { return begun_; }

 private:
  std::vector<at::Tensor> weights_;
  std::vector<at::Tensor> own_;  // of each; views of one buffer, as pinned memory comes in powers
                                 // of two; none on the meta device
  bool copied_ = false, begun_ = false;
};

}  // namespace svg::fast
