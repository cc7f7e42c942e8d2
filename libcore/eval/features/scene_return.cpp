#include "libcore/eval/features/scene_return.h"

#include <ATen/ATen.h>

#include <map>

#include "libcore/base/error.h"

namespace svg::eval {

namespace {

// Rows of length 1, f64; one of length 0 stays so.
at::Tensor unit_rows(const at::Tensor& x) {
  return x / x.norm(2, {1}, true).clamp_min(1e-300);
}

void check_features(const at::Tensor& features) {
  require(features.dim() == 2, ErrorKind::Data, "features: expected [F, D], got ",
          features.sizes());
  require(at::isfinite(features).all().item<bool>(), ErrorKind::Data,
          "features: some are not finite: the network or its weights are broken");
}

}  // namespace

std::vector<Return> same_pose(const std::vector<Return>& returns) {
  std::vector<Return> some;
  for (const auto& visit : returns)
    if (!visit.shifted) some.push_back(visit);
  return some;
}

std::optional<double> subject_consistency(const at::Tensor& features) {
  check_features(features);
  const int64_t count = features.size(0);
  if (count < 2) return std::nullopt;
  const auto x = unit_rows(features.to(at::kDouble)), later = x.slice(0, 1);
  const auto to_previous = (later * x.slice(0, 0, count - 1)).sum(1).clamp_min(0);
  const auto to_first = later.mv(x[0]).clamp_min(0);
  return ((to_previous + to_first) / 2).mean().item<double>();
}

std::optional<double> scene_return(const at::Tensor& features, const std::vector<Return>& returns,
                                   const at::Tensor& mean) {
  check_features(features);
  if (returns.empty()) return std::nullopt;
  auto x = features.to(at::kDouble);
  if (mean.defined()) x = x - mean.to(at::kDouble);
  x = unit_rows(x);
  struct Sum {
    double cosines = 0;
    int64_t count = 0;
  };
  std::map<int64_t, Sum> places;
  for (const auto& visit : returns) {
    for (const int64_t frame : {visit.first, visit.again})
      require(frame >= 0 && frame < x.size(0), ErrorKind::Data, "place ", visit.place,
              ": is seen in frame ", frame, ", but there are ", x.size(0));
    Sum& sum = places[visit.place];
    sum.cosines += at::dot(x[visit.first], x[visit.again]).item<double>();
    ++sum.count;
  }
  double total = 0;
  for (const auto& [place, sum] : places) total += sum.cosines / static_cast<double>(sum.count);
  return 100 * total / static_cast<double>(places.size());
}

}  // namespace svg::eval
