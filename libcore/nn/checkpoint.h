// Activation checkpointing: what a part of a model keeps for its backward pass is dropped after the
// forward pass and computed again when backward comes there. Memory for time; the numbers are the
// same bits.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "libcore/nn/checkpointing.h"

namespace svg::nn {

using Part = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

// Which of the kept tensors leave their device. What is small stays: it is what many parts share,
// such as a text or a time, and would be copied for each of them. From a CPU nothing is moved,
// because it would come to lie in the same memory, unless a test wants it.
struct Offload {
  int64_t least_bytes = int64_t{1} << 20;
  bool from_cpu = false;
  static Offload nothing() { return {.least_bytes = std::numeric_limits<int64_t>::max()}; }
  bool moves(const at::Tensor&) const;
};

// part(inputs), keeping `inputs` (any of them may be undefined) and nothing else. Gradients reach
// the inputs and every leaf that `part` uses inside: weights, low-rank pairs. `part` is called
// again during backward, so what it refers to must live on, unchanged, till then; it draws no
// random numbers. Without gradients it is called plainly. With `offload` the inputs that it names
// are copied to the host and not held; backward brings them back. Both copies take their turn on
// the current stream: nothing waits for the host, and the device for no more than the transfer.
at::Tensor checkpoint(const Part& part, const std::vector<at::Tensor>& inputs,
                      const Offload* offload = nullptr);

// How a layer calls its parts, where that is left to who uses it: plainly, or each as a checkpoint.
using Keep = std::function<at::Tensor(const Part&, const std::vector<at::Tensor>& inputs)>;
at::Tensor plainly(const Part&, const std::vector<at::Tensor>& inputs);

}  // namespace svg::nn
