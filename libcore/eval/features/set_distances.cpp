#include "libcore/eval/features/set_distances.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "libcore/base/error.h"
#include "libcore/eval/features/frechet.h"

namespace svg::eval {
namespace {

constexpr int64_t kFvdClips = 2048;  // metrics.md 2.3

// The features of every other video, generated and true.
struct Half {
  std::vector<at::Tensor> generated, reference;
};

// Both halves' features, cut to one length: the first of each.
struct Halves {
  at::Tensor generated[2], reference[2];
  int64_t n = 0;
};

Halves halves_of(const std::vector<FeaturePair>& pairs) {
  Half parts[2];
  for (size_t i = 0; i < pairs.size(); ++i) {
    parts[i % 2].generated.push_back(pairs[i].generated);
    parts[i % 2].reference.push_back(pairs[i].reference);
  }
  Halves halves;
  if (parts[1].generated.empty()) return halves;
  for (int k = 0; k < 2; ++k) {
    halves.generated[k] = at::cat(parts[k].generated, 0);
    halves.reference[k] = at::cat(parts[k].reference, 0);
  }
  halves.n = std::min(halves.generated[0].size(0), halves.generated[1].size(0));
  for (int k = 0; k < 2; ++k) {
    halves.generated[k] = halves.generated[k].narrow(0, 0, halves.n);
    halves.reference[k] = halves.reference[k].narrow(0, 0, halves.n);
  }
  return halves;
}

// What a distance of n features is called.
std::string profile_at(Metric metric, const std::string& profile, int64_t n) {
  if (metric != Metric::Fvd || n >= kFvdClips) return profile;
  // Published weights alone need no word of their own: fvd_n24.
  return cat(profile == "fvd_v1" ? "fvd" : profile, "_n", n);
}

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
    const std::string name = name_of(metric);
    const auto add = [&](const std::string& called, double value, int64_t n) {
      distances.push_back(
          {called, metric, profile_at(metric, networks.sources.at(metric).profile, n), value, n});
    };
    add(name, frechet_distance(ours, theirs), ours.size(0));
    const auto halves = halves_of(pairs);
    if (halves.n < 2) continue;
    const auto &g = halves.generated, &r = halves.reference;
    add(name + "_floor", frechet_distance(r[0], r[1]), halves.n);
    add(name + "_beside_floor", (frechet_distance(g[0], r[1]) + frechet_distance(g[1], r[0])) / 2,
        halves.n);
  }
  return distances;
}

}  // namespace svg::eval
