// How much of what a learning step computes is kept for its backward pass (checkpoint.h).
// Torch-free.
#pragma once
#include "libcore/base/enum_names.h"

namespace svg::nn {

enum class Checkpointing {
  None,    // everything is kept
  Blocks,  // of each level's layers (convolutions and attention together) only the inputs are kept
  All,     // of each convolution block and each transformer only the inputs: more is kept at rest,
           // less at the height of backward
  Offload  // as All, in still smaller parts, and what is kept waits in host memory
};

constexpr auto names_of(Checkpointing) {
  return std::to_array<EnumName<Checkpointing>>({{Checkpointing::None, "none"},
                                                 {Checkpointing::Blocks, "blocks"},
                                                 {Checkpointing::All, "all"},
                                                 {Checkpointing::Offload, "offload"}});
}

// --checkpoint-activations, in every executable that has it.
inline constexpr const char* kCheckpointingHelp =
    "What a learning step keeps for its backward pass: all of it (none), inputs of the layers "
    "(blocks), of their parts (all), or of smaller parts, kept in host memory by a GPU (offload: "
    "least memory); the rest is computed again";

}  // namespace svg::nn
