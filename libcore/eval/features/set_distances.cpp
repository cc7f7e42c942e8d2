#include "libcore/eval/features/set_distances.h"

#include <ATen/ATen.h>

#include "libcore/base/error.h"
#include "libcore/eval/features/frechet.h"

namespace svg::eval {
namespace {

constexpr int64_t kFvdClips = 2048;  // metrics.md 2.3

}  // namespace

void SetDistances::add(SetFeatures features) {
  for (auto& [metric, pair] : features) features_[metric].push_back(std::move(pair));
}

std::vector<SetDistance> SetDistances::finish(const Networks& networks) const {
  std::vector<SetDistance> distances;
  for (const auto& [metric, pairs] : features_) {
    std::vector<at::Tensor> generated, reference;
    for (const auto& pair : pairs) {
      generated.push_back(pair.generated);
      reference.push_back(pair.reference);
    }
    const auto ours = at::cat(generated, 0), theirs = at::cat(reference, 0);
    const bool clips = metric == Metric::Fvd;
    require(ours.size(0) >= 2, ErrorKind::Data, name_of(metric), " compares ",
            clips ? cat("clips of ", kClipFrames, " frames") : std::string("frames"),
            ", at least two of them, but the videos have ", ours.size(0));
    SetDistance d{metric, networks.sources.at(metric).profile, frechet_distance(ours, theirs),
                  ours.size(0)};
    if (clips && d.n < kFvdClips) {
      // Published weights alone need no word of their own: fvd_n24.
      const std::string base = d.profile == "fvd_v1" ? "fvd" : d.profile;
      d.profile = cat(base, "_n", d.n);
    }
    distances.push_back(d);
  }
  return distances;
}

}  // namespace svg::eval
