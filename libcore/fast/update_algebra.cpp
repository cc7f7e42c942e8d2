#include "libcore/fast/update_algebra.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "libcore/base/error.h"
#include "libcore/tensor/parameters.h"

namespace svg::fast {

namespace {

// An orthonormal basis of the columns of b a.
at::Tensor column_space(const Update& update) {
  const auto [u, s, v] = spectrum_of(update);
  if (s.numel() == 0) return u;
  const auto widest = static_cast<double>(std::max(u.size(0), v.size(0)));
  const double floor = s[0].item<double>() * widest * std::numeric_limits<double>::epsilon();
  return u.narrow(1, 0, s.gt(floor).sum().item<int64_t>());
}

}  // namespace

Update update_of(const formats::LoraLayer& layer, double weight) {
  const double scale = weight * layer.alpha / static_cast<double>(layer.rank());
  return {tensor_of(layer.b).to(at::kDouble).flatten(1).mul(scale),
          tensor_of(layer.a).to(at::kDouble).flatten(1)};
}

Update zero_like(const Update& other) {
  return {other.b.narrow(1, 0, 0), other.a.narrow(0, 0, 0)};
}

Update sum_of(const Update& x, const Update& y, const std::string& layer) {
  require(x.b.size(0) == y.b.size(0) && x.a.size(1) == y.a.size(1), ErrorKind::Config, layer,
          ": is [", x.b.size(0), ", ", x.a.size(1), "] in one memory and [", y.b.size(0), ", ",
          y.a.size(1), "] in the other: they belong to different models");
  return {at::cat({x.b, y.b}, 1), at::cat({x.a, y.a}, 0)};
}

Spectrum spectrum_of(const Update& update) {
  const auto [qb, rb] = at::linalg_qr(update.b);
  const auto [qa, ra] = at::linalg_qr(update.a.t());
  const auto [u, s, vh] = at::linalg_svd(rb.mm(ra.t()), /*full_matrices=*/false);
  return {qb.mm(u), s, qa.mm(vh.t())};
}

double norm_of(const Update& update) {
  return spectrum_of(update).s.norm().item<double>();
}

double largest_angle(const Update& x, const Update& y) {
  auto larger = column_space(x), smaller = column_space(y);
  if (larger.size(1) < smaller.size(1)) std::swap(larger, smaller);
  if (smaller.size(1) == 0) return std::numeric_limits<double>::quiet_NaN();
  // The part of the smaller space outside of the larger one (Bjorck, Golub 1973): exact for small
  // angles, where a cosine is not.
  const auto outside = smaller - larger.mm(larger.t().mm(smaller));
  const auto [u, sines, vh] = at::linalg_svd(outside, false);
  return std::asin(std::min(1.0, sines[0].item<double>()));
}

Truncated truncate(const Update& update, int64_t rank) {
  const auto [u, s, v] = spectrum_of(update);
  const auto kept = std::min(rank, s.size(0));
  const auto root = s.narrow(0, 0, kept).sqrt();
  Truncated out;
  out.update.b = at::zeros({u.size(0), rank}, u.options());
  out.update.a = at::zeros({rank, v.size(0)}, v.options());
  out.update.b.narrow(1, 0, kept).copy_(u.narrow(1, 0, kept) * root);
  out.update.a.narrow(0, 0, kept).copy_((v.narrow(1, 0, kept) * root).t());
  const auto squares = s.square();
  out.energy = squares.sum().item<double>();
  out.lost = squares.narrow(0, kept, s.size(0) - kept).sum().item<double>();
  return out;
}

}  // namespace svg::fast
