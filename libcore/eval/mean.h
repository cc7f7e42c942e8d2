// A mean over numbers that come one by one. Torch-free.
#pragma once
#include <cstdint>
#include <limits>

namespace svg::eval {

class Mean {
 public:
  void add(double value) { sum_ += value, ++count_; }
  // NaN of nothing.
  double value() const {
    return count_ ? sum_ / static_cast<double>(count_) : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  double sum_ = 0;
  int64_t count_ = 0;
};

}  // namespace svg::eval
