#include "libcore/eval/features/centred_returns.h"

#include <ATen/ATen.h>

#include <limits>

namespace svg::eval {

void CentredReturns::add(ReturnFeatures video) {
  videos_.push_back(std::move(video));
}

std::vector<double> CentredReturns::finish() const {
  at::Tensor sum;
  int64_t count = 0;
  for (const auto& video : videos_) {
    sum = sum.defined() ? sum + video.true_sum : video.true_sum;
    count += video.true_count;
  }
  std::vector<double> values;
  for (const auto& video : videos_)
    values.push_back(
        scene_return(video.frames, same_pose(video.returns), sum / static_cast<double>(count))
            .value_or(std::numeric_limits<double>::quiet_NaN()));
  return values;
}

}  // namespace svg::eval
