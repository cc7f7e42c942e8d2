#include "libcore/eval/pixels/ssim.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace svg::eval {
namespace {

struct Window {
  std::vector<double> taps;    // of one axis
  double divisor = 1;          // of a sum over the taps
  double covariance_norm = 1;  // sample over population covariance
};

Window window_of(SsimWindow kind) {
  if (kind == SsimWindow::Uniform) return {std::vector<double>(7, 1.0), 7, 49.0 / 48.0};
  constexpr double kDeviation = 1.5, kTruncate = 3.5;
  constexpr int kRadius = static_cast<int>(kTruncate * kDeviation + 0.5);
  Window window;
  double sum = 0;
  for (int x = -kRadius; x <= kRadius; ++x) {
    window.taps.push_back(std::exp(-0.5 * x * x / (kDeviation * kDeviation)));
    sum += window.taps.back();
  }
  for (double& tap : window.taps) tap /= sum;
  return window;
}

// The sums under the window: of x, y, x*x, y*y, x*y.
constexpr size_t kMoments = 5;

// One channel of two frames, row by row. Real: the precision between the steps; within a sum it is
// f64 always, as in SciPy's filters.
template <class T, class Real>
class ChannelSsim {
 public:
  ChannelSsim(const FrameView<T>& a, const FrameView<T>& b, double data_range, const Window& window)
      : a_(a),
        b_(b),
        window_(window),
        norm_(static_cast<Real>(window.covariance_norm)),
        c1_(static_cast<Real>(0.01 * data_range * (0.01 * data_range))),
        c2_(static_cast<Real>(0.03 * data_range * (0.03 * data_range))) {
    for (auto& row : columns_) row.resize(static_cast<size_t>(a.width));
    for (auto& row : sums_) row.resize(static_cast<size_t>(a.width));
  }

  double mean(int channel) {
    const int size = static_cast<int>(window_.taps.size());
    const int rows = a_.height - size + 1, columns = a_.width - size + 1;
    double sum = 0;
    for (int y = 0; y < rows; ++y) {
      filter_columns(y, channel);
      for (int x = 0; x < columns; ++x) sum += static_cast<double>(at(x));
    }
    return sum / rows / columns;
  }

 private:
  // columns_: the moments of each column under the window whose first row is y.
  void filter_columns(int y, int channel) {
    for (auto& row : sums_) std::fill(row.begin(), row.end(), 0.0);
    for (size_t k = 0; k < window_.taps.size(); ++k) {
      const T* a = a_.row(y + static_cast<int>(k)) + channel;
      const T* b = b_.row(y + static_cast<int>(k)) + channel;
      const double tap = window_.taps[k];
      for (size_t x = 0; x < columns_[0].size(); ++x) {
        const Real p = static_cast<Real>(a[x * kColors]), q = static_cast<Real>(b[x * kColors]);
        sums_[0][x] += tap * static_cast<double>(p);
        sums_[1][x] += tap * static_cast<double>(q);
        sums_[2][x] += tap * static_cast<double>(Real(p * p));
        sums_[3][x] += tap * static_cast<double>(Real(q * q));
        sums_[4][x] += tap * static_cast<double>(Real(p * q));
      }
    }
    for (size_t m = 0; m < kMoments; ++m)
      for (size_t x = 0; x < columns_[m].size(); ++x)
        columns_[m][x] = static_cast<Real>(sums_[m][x] / window_.divisor);
  }

  Real filter_row(size_t moment, int x) const {
    double sum = 0;
    for (size_t k = 0; k < window_.taps.size(); ++k)
      sum += window_.taps[k] * static_cast<double>(columns_[moment][static_cast<size_t>(x) + k]);
    return static_cast<Real>(sum / window_.divisor);
  }

  // Of the window whose first column is x.
  Real at(int x) const {
    const Real ux = filter_row(0, x), uy = filter_row(1, x);
    const Real vx = norm_ * (filter_row(2, x) - ux * ux);
    const Real vy = norm_ * (filter_row(3, x) - uy * uy);
    const Real vxy = norm_ * (filter_row(4, x) - ux * uy);
    return (2 * ux * uy + c1_) * (2 * vxy + c2_) / ((ux * ux + uy * uy + c1_) * (vx + vy + c2_));
  }

  const FrameView<T>&a_, &b_;
  const Window& window_;
  const Real norm_, c1_, c2_;
  std::array<std::vector<double>, kMoments> sums_;
  std::array<std::vector<Real>, kMoments> columns_;
};

template <class T, class Real>
double mean_ssim(const FrameView<T>& a, const FrameView<T>& b, double data_range, SsimWindow kind) {
  check_same_size(a, b);
  const int least = least_side(kind);
  require(a.height >= least && a.width >= least, ErrorKind::Config, "frames of ", a.width, "x",
          a.height, " are too small for SSIM's window of ", least, "x", least);
  const Window window = window_of(kind);
  ChannelSsim<T, Real> channels(a, b, data_range, window);
  double sum = 0;
  for (int c = 0; c < kColors; ++c) sum += channels.mean(c);
  return sum / kColors;
}

}  // namespace

int least_side(SsimWindow kind) {
  return kind == SsimWindow::Uniform ? 7 : 11;
}

double ssim(const ByteFrame& a, const ByteFrame& b, SsimWindow window) {
  return mean_ssim<uint8_t, double>(a, b, 255, window);
}

double ssim(const FloatFrame& a, const FloatFrame& b, double data_range, SsimWindow window) {
  return mean_ssim<float, float>(a, b, data_range, window);
}

}  // namespace svg::eval
