#include "libcore/eval/features/networks.h"

#include <algorithm>
#include <vector>

#include "libcore/base/error.h"
#include "libcore/base/path.h"

namespace svg::eval {
namespace {

class Loader {
 public:
  Loader(const std::string& folder, uint64_t seed) : folder_(folder), seed_(seed) {}

  bool draws() const { return folder_.empty(); }
  uint64_t seed() const { return seed_; }
  NetworkWeights weights(const std::string& network) const {
    if (draws()) return NetworkWeights::random(seed_, network);
    const auto path = folder_ + "/" + network + ".safetensors";
    require(path_exists(path, ErrorKind::NoInput), ErrorKind::NoInput, path,
            ": is not there: make it with examples/weights/convert.py");
    return NetworkWeights::from_file(path);
  }
  // What `metric` is called with these weights: the farthest from published ones decides.
  MetricSource source(Metric metric, const std::vector<const NetworkWeights*>& used) const {
    MetricSource source;
    for (const auto* weights : used) {
      source.origin = std::max(source.origin, weights->origin());
      if (!draws())
        source.weights = (weights == used.front() ? "" : source.weights + "+") + weights->digest();
    }
    if (draws()) source.seed = seed_;
    constexpr const char* kSuffix[] = {"_v1", "_custom", "_rand"};
    source.profile = name_of(metric) + std::string(kSuffix[static_cast<size_t>(source.origin)]);
    return source;
  }

 private:
  std::string folder_;
  uint64_t seed_;
};

}  // namespace

Networks load_networks(const std::set<Metric>& metrics, const std::string& weights_dir,
                       uint64_t seed) {
  const Loader loader(weights_dir, seed);
  Networks networks;
  for (const Metric metric : metrics)
    require(!needs_weights(metric) || !loader.draws(), ErrorKind::Usage, "--metrics ",
            name_of(metric), ": needs published weights: give --weights-dir");
  using Weights = std::vector<const NetworkWeights*>;
  // Those of the metrics that are asked for.
  const auto asked = [&](std::initializer_list<Metric> of_network) {
    std::vector<Metric> some;
    for (const Metric metric : of_network)
      if (metrics.count(metric)) some.push_back(metric);
    return some;
  };
  const auto name = [&](const std::vector<Metric>& some, const Weights& used) {
    for (const Metric metric : some) networks.sources[metric] = loader.source(metric, used);
  };
  if (const auto some = asked({Metric::Lpips, Metric::NmrLpips}); !some.empty()) {
    auto trunk = loader.weights("alexnet"), heads = loader.weights("lpips_alex");
    networks.lpips = make_lpips_alex(trunk, heads);
    name(some, {&trunk, &heads});
  }
  if (const auto some = asked({Metric::Src, Metric::SrcC, Metric::SubjResnet, Metric::NmrSrc});
      !some.empty()) {
    auto weights = loader.weights("resnet18");
    networks.resnet18 = loader.draws() ? random_resnet18(loader.seed()) : make_resnet18(weights);
    name(some, {&weights});
  }
  if (const auto some = asked({Metric::SrcEfflite0, Metric::FdEfflite0, Metric::NmrSrcEfflite0});
      !some.empty()) {
    auto weights = loader.weights("efficientnet_lite0");
    networks.efficientnet_lite0 = make_efficientnet_lite0(weights);
    name(some, {&weights});
  }
  if (const auto some = asked({Metric::Fvd}); !some.empty()) {
    auto weights = loader.weights("i3d");
    networks.i3d = make_i3d(weights);
    name(some, {&weights});
  }
  return networks;
}

}  // namespace svg::eval
