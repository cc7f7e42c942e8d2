// A few of a sequence of unknown length, evenly spread, in bounded memory: keeps every stride-th,
// and doubles the stride whenever 2 * wanted are kept.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace svg::video {

template <class T>
class Picker {
 public:
  explicit Picker(int wanted) : wanted_(static_cast<size_t>(wanted)) {}

  void add(const T& item) {
    if (seen_++ % stride_ != 0) return;
    kept_.push_back(item);
    if (kept_.size() < 2 * wanted_) return;
    for (size_t i = 1; i < kept_.size() / 2; ++i) kept_[i] = std::move(kept_[2 * i]);
    kept_.resize(kept_.size() / 2);
    stride_ *= 2;
  }

  // At most `wanted`.
  std::vector<T> picked() const {
    if (kept_.size() <= wanted_) return kept_;
    std::vector<T> result;
    result.reserve(wanted_);
    for (size_t i = 0; i < wanted_; ++i)
      result.push_back(kept_[i * (kept_.size() - 1) / std::max<size_t>(1, wanted_ - 1)]);
    return result;
  }

 private:
  size_t wanted_;
  int64_t seen_ = 0, stride_ = 1;
  std::vector<T> kept_;
};

}  // namespace svg::video
