#include "libcore/eval/features/scene_return.h"

#include <ATen/ATen.h>

#include <map>

#include "libcore/base/error.h"

namespace svg::eval {

std::optional<double> scene_return(const at::Tensor& features, const std::vector<Return>& returns,
                                   const at::Tensor& mean) {
  require(features.dim() == 2, ErrorKind::Data, "features: expected [F, D], got ",
          features.sizes());
  require(at::isfinite(features).all().item<bool>(), ErrorKind::Data,
          "features: some are not finite: the network or its weights are broken");
  if (returns.empty()) return std::nullopt;
  auto x = features.to(at::kDouble);
  if (mean.defined()) x = x - mean.to(at::kDouble);
  x = x / x.norm(2, {1}, true).clamp_min(1e-300);
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
