#include "libcore/eval/revisit/frame_features.h"

#include <ATen/ATen.h>

#include <set>

namespace svg::eval {

at::Tensor FrameFeatures::of(const ResNet18& resnet, const at::Tensor& frames, int64_t first,
                             const std::vector<int64_t>& numbers) {
  std::set<int64_t> missing;
  for (const auto number : numbers)
    if (!known_.contains(number)) missing.insert(number);
  if (!missing.empty()) {
    std::vector<at::Tensor> wanted;
    for (const auto number : missing) wanted.push_back(frames[number - first]);
    const auto found = features(resnet, at::stack(wanted));
    int64_t row = 0;
    for (const auto number : missing) known_[number] = found[row++];
  }
  std::vector<at::Tensor> rows;
  for (const auto number : numbers) rows.push_back(known_.at(number));
  return at::stack(rows);
}

}  // namespace svg::eval
