#include "libcore/eval/pixels/psnr.h"

#include <cmath>

namespace svg::eval {
namespace {

double decibels(double squared_error, double data_range) {
  if (squared_error == 0) return kPsnrOfEqualFrames;
  return 10 * std::log10(data_range * data_range / squared_error);
}

}  // namespace

double psnr(const ByteFrame& a, const ByteFrame& b) {
  check_same_size(a, b);
  int64_t sum = 0;  // exact: at most 2^27 pixels (libcore/video/frame_size.h)
  for (int64_t i = 0; i < a.value_count(); ++i) {
    const int difference = a.data[i] - b.data[i];
    sum += difference * difference;
  }
  return decibels(static_cast<double>(sum) / static_cast<double>(a.value_count()), 255);
}

double psnr(const FloatFrame& a, const FloatFrame& b, double data_range) {
  check_same_size(a, b);
  double sum = 0;
  for (int64_t i = 0; i < a.value_count(); ++i) {
    const float difference = a.data[i] - b.data[i];
    const float square = difference * difference;  // in float, as the reference has it
    sum += static_cast<double>(square);
  }
  return decibels(sum / static_cast<double>(a.value_count()), data_range);
}

}  // namespace svg::eval
