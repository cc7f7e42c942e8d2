// The networks that a run's metrics need, and what the metrics are called with their weights.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "libcore/eval/features/efficientnet_lite0.h"
#include "libcore/eval/features/i3d.h"
#include "libcore/eval/features/lpips.h"
#include "libcore/eval/resnet18.h"
#include "libcore/eval/videos/metric_names.h"

namespace svg::eval {

// What stands beside a number in the results.
struct MetricSource {
  WeightOrigin origin = WeightOrigin::Published;
  std::string profile;           // "lpips_v1", "lpips_custom", "lpips_rand"
  std::string weights = "none";  // digests, joined by "+"
  std::optional<uint64_t> seed;  // of random weights
};

struct Networks {
  std::optional<LpipsAlex> lpips;
  std::optional<ResNet18> resnet18;
  std::optional<EfficientNetLite0> efficientnet_lite0;
  std::optional<I3d> i3d;
  std::map<Metric, MetricSource> sources;  // of the metrics that have a network
};

// `weights_dir` holds resnet18, alexnet, lpips_alex, i3d and efficientnet_lite0.safetensors, of
// which those are read that the metrics need; where it is "", weights are drawn from `seed`, but
// for EfficientNet-Lite0. Throws Error{NoInput} where a file is not there, Error{Data} where it
// is damaged or of another network, Error{Usage} for a metric that has no meaning with drawn
// weights.
Networks load_networks(const std::set<Metric>& metrics, const std::string& weights_dir,
                       uint64_t seed);

}  // namespace svg::eval
