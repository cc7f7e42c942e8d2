// Activation checkpointing: what a part of a model keeps for its backward pass is dropped after the forward pass and computed again when
// backward comes there. Memory for time; the numbers are the same bits.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

namespace svg::nn {

enum class Checkpointing {
  None,    // everything is kept
  Blocks,  // of each level's layers (convolutions and attention together) only the inputs are kept
  All,     // of each convolution block and each transformer only the inputs: more is kept at rest, less at the height of backward
};

// "none", "blocks", "all". Throws Error{Usage} naming --checkpoint-activations.
Checkpointing checkpointing_from(const std::string& name);

using Part = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

// part(inputs), keeping `inputs` (any of them may be undefined) and nothing else. Gradients reach the inputs and every leaf that `part` uses
// inside: weights, low-rank pairs. `part` is called again during backward, so what it refers to must live on, unchanged, till then; it draws
// no random numbers. Without gradients it is called plainly.
at::Tensor checkpoint(const Part& part, const std::vector<at::Tensor>& inputs);

}  // namespace svg::nn
