// Feature networks beside torchvision, lpips, efficientnet-lite-pytorch and cd-fvd with made
// weights (test/golden/feature_networks.py).
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <functional>

#include "libcore/eval/features/efficientnet_lite0.h"
#include "libcore/eval/features/i3d.h"
#include "libcore/eval/features/lpips.h"
#include "libcore/eval/features/resize.h"
#include "libcore/eval/resnet18.h"
#include "libcore/tensor/parameters.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/golden.h"
#include "test/support/made_weights.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::eval;
using test::failure_of;

namespace {

constexpr double kTolerance = 1e-4;  // of the largest number (metrics.md section 3)

struct Size {
  int64_t height, width;
};
constexpr Size kSizes[] = {{64, 64}, {100, 60}, {256, 256}};

at::Tensor frames(const std::string& name, int64_t count, const Size& size) {
  uint32_t seed = 2166136261U;  // FNV-1a
  for (const char c : name) seed = (seed ^ static_cast<uint8_t>(c)) * 16777619U;
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::empty({count, size.height, size.width, 3})
      .uniform_(0, 256, generator)
      .floor()
      .to(at::kByte);
}

// A file of made weights with the names that `make` takes.
template <class Make>
std::string made_file(const test::TempDir& folder, const Make& make) {
  auto names = NetworkWeights::random(0, "names");
  make(names);
  NamedTensors tensors;
  for (const auto& [name, t] : names.list()) {
    auto made = test::made_weight(name, t.sizes());
    if (name.ends_with("running_var")) made = made + 1;
    if (name.starts_with("lin")) made = made.abs();
    tensors.emplace_back(name, made);
  }
  const auto path = folder / "made.safetensors";
  save_tensors(path, tensors, at::kFloat, {{"format", "pt"}});
  return path;
}

template <class Make>
auto made_network(const Make& make) {
  const test::TempDir folder;
  auto weights = NetworkWeights::from_file(made_file(folder, make));
  CATCH_CHECK(weights.origin() == WeightOrigin::Custom);
  return make(weights);
}

double worst_of(const std::string& network, const std::function<at::Tensor(int64_t)>& ours) {
  const auto file = test::read_tensors(test::golden_path("feature_networks/expected.safetensors"));
  double worst = 0;
  for (int64_t i = 0; i < std::ssize(kSizes); ++i)
    worst = std::max(worst,
                     test::relative_error(ours(i).to(at::kFloat), file.at(cat(network, ".", i))));
  return worst;
}

at::Tensor made_frames(const std::string& name, int64_t i) {
  return frames(cat(name, i), 2, kSizes[i]);
}

}  // namespace

CATCH_TEST_CASE("frames are resized as torch does") {
  CATCH_CHECK(worst_of("resize", [](int64_t i) {
                const auto x = resized(made_frames("a", i), 64, 64)[0];
                return x.slice(1, 0, 64, 16).slice(2, 0, 64, 16);
              }) < 1e-5 / 255);
}

CATCH_TEST_CASE("ResNet-18 is torchvision's") {
  const auto net = made_network(make_resnet18);
  CATCH_CHECK(worst_of("resnet18", [&](int64_t i) { return features(net, made_frames("a", i)); }) <
              kTolerance);
}

CATCH_TEST_CASE("EfficientNet-Lite0 is that of efficientnet-lite-pytorch") {
  const auto net = made_network(make_efficientnet_lite0);
  CATCH_CHECK(worst_of("efficientnet_lite0",
                       [&](int64_t i) { return features(net, made_frames("a", i)); }) < kTolerance);
}

CATCH_TEST_CASE("LPIPS is that of its package") {
  const test::TempDir trunk_folder, heads_folder;
  auto no_heads = NetworkWeights::random(0, "heads"), no_trunk = NetworkWeights::random(0, "trunk");
  auto trunk = NetworkWeights::from_file(made_file(
      trunk_folder, [&](NetworkWeights& names) { return make_lpips_alex(names, no_heads); }));
  auto heads = NetworkWeights::from_file(made_file(
      heads_folder, [&](NetworkWeights& names) { return make_lpips_alex(no_trunk, names); }));
  const auto net = make_lpips_alex(trunk, heads);
  CATCH_CHECK(worst_of("lpips", [&](int64_t i) {
                return lpips(net, made_frames("a", i), made_frames("b", i));
              }) < kTolerance);
  const auto same = made_frames("a", 1);
  CATCH_CHECK(lpips(net, same, same).abs().max().item<double>() == 0);
}

CATCH_TEST_CASE("I3D is that of cd-fvd") {
  const auto net = made_network(make_i3d);
  const auto file = test::read_tensors(test::golden_path("feature_networks/expected.safetensors"));
  const double error =
      test::relative_error(features(net, frames("clip", 16, {64, 64})), file.at("i3d"));
  CATCH_CHECK(error < kTolerance);
  const auto failure = failure_of([&] { features(net, frames("clip", 9, {64, 64})); });
  CATCH_CHECK(failure.kind == ErrorKind::Data);
}
