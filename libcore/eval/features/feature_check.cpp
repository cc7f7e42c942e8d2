#include "libcore/eval/features/feature_check.h"

#include <ATen/ATen.h>

#include "libcore/base/error.h"

namespace svg::eval {

std::pair<at::Tensor, at::Tensor> checked_features(const at::Tensor& a, const at::Tensor& b,
                                                   int64_t least) {
  constexpr auto kKind = ErrorKind::Data;
  for (const auto& x : {a, b}) {
    require(x.dim() == 2 && x.size(1) > 0, kKind, "features: expected [n, D], got ", x.sizes());
    require(x.size(0) >= least, kKind, "features: ", x.size(0),
            " of them, but a distance needs at least ", least, " on each side");
    require(at::isfinite(x).all().item<bool>(), kKind,
            "features: some are not finite: the network or its weights are broken");
  }
  require(a.size(1) == b.size(1), kKind, "features: ", a.size(1), " numbers each on one side, ",
          b.size(1), " on the other");
  return {a.to(at::kDouble), b.to(at::kDouble)};
}

}  // namespace svg::eval
