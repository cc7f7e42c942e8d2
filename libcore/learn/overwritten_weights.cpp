#include "libcore/learn/overwritten_weights.h"

#include <ATen/ATen.h>

namespace svg::learn {

void OverwrittenWeights::begin() {
  if (own_.empty()) {
    std::vector<HostCopy> copies;  // all of them or, where host memory does not suffice, none
    for (const auto& w : weights_) copies.emplace_back(w);
    own_ = std::move(copies);
  }
  begun_ = true;
}

void OverwrittenWeights::restore() {
  if (!begun_) return;
  for (size_t i = 0; i < weights_.size(); ++i) own_[i].write_to(weights_[i]);
  begun_ = false;
}

}  // namespace svg::learn
