// Inflated Inception-v1 over clips, up to its 400 logits: the features of FVD (metrics.md 2.3;
// reference: cd-fvd 0.1.1, InceptionI3d).
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "libcore/eval/features/folded_conv.h"

namespace svg::eval {

struct I3d {
  struct Mixed {
    FoldedConv b0, b1a, b1b, b2a, b2b, b3b;
  };
  FoldedConv conv1, conv2b, conv2c;
  std::vector<Mixed> mixed;               // nine: 3b 3c, 4b to 4f, 5b 5c
  at::Tensor logits_weight, logits_bias;  // [400, 1024, 1, 1, 1], [400]
};

// Throws what NetworkWeights::finish() does.
I3d make_i3d(NetworkWeights& weights);

// The fewest frames of a clip that leave something to average.
constexpr int64_t kLeastI3dFrames = 10;

// One clip u8 [F, H, W, 3], F >= kLeastI3dFrames -> [400] f32: logits before softmax, averaged over
// time. Frames are resized to 224 x 224 (bilinear, no antialias, no crop) and go from -1 to 1.
at::Tensor features(const I3d&, const at::Tensor& clip);

}  // namespace svg::eval
