#include "libcore/eval/pixels/flicker.h"

#include <cstdlib>

namespace svg::eval {

double steadiness(const ByteFrame& a, const ByteFrame& b) {
  check_same_size(a, b);
  int64_t sum = 0;
  for (int64_t i = 0; i < a.value_count(); ++i) sum += std::abs(a.data[i] - b.data[i]);
  return (255 - static_cast<double>(sum) / static_cast<double>(a.value_count())) / 255;
}

}  // namespace svg::eval
