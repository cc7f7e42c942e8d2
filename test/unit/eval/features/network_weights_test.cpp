// Weights of feature networks: known, unknown, drawn and damaged ones.
#include "libcore/eval/features/network_weights.h"

#include <ATen/ATen.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "libcore/eval/features/published_weights.h"
#include "libcore/tensor/parameters.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::eval;
using test::failure_of;

namespace {

const NamedTensors kTensors = {{"b.weight", at::arange(6, at::kFloat).view({2, 3})},
                               {"a.bias", at::ones({2})}};

std::string write(const test::TempDir& folder, const NamedTensors& tensors,
                  const formats::Metadata& metadata = {}) {
  const auto path = folder / "net.safetensors";
  save_tensors(path, tensors, at::kFloat, metadata);
  return path;
}

void take_all(NetworkWeights& weights) {
  weights.kernel("b.weight", {2, 3});
  weights.values("a.bias", {2}, 0);
  weights.finish();
}

}  // namespace

CATCH_TEST_CASE("weights of a file have the converter's digest and are custom") {
  const test::TempDir folder;
  auto weights = NetworkWeights::from_file(write(folder, kTensors));
  // sha256 of "a.bias [2]\n", two ones, "b.weight [2, 3]\n", 0 to 5: hashlib's, as convert.py does.
  CATCH_CHECK(weights.digest() ==
              "56cd8dd84cb72f7d0e82d2f31011eb1f52951c236a3b5127e6208cf1486a2822");
  CATCH_CHECK(weights.origin() == WeightOrigin::Custom);
  take_all(weights);
  CATCH_CHECK(weights.list().front().second.equal(kTensors.front().second));
}

CATCH_TEST_CASE("a published checkpoint is known by its digest, or by that of its source") {
  const test::TempDir folder;
  const auto digest = NetworkWeights::from_file(write(folder, kTensors)).digest();
  const std::string source = "f37072fd" + std::string(56, '0');
  const auto origin = [&](const formats::Metadata& metadata) {
    return NetworkWeights::from_file(write(folder, kTensors, metadata)).origin();
  };
  CATCH_CHECK(origin({{"source_sha256", source}, {"content_sha256", digest}}) ==
              WeightOrigin::Published);
  // Without the digest nothing says that these are still the tensors of that source.
  CATCH_CHECK(origin({{"source_sha256", source}}) == WeightOrigin::Custom);
  CATCH_CHECK(origin({{"content_sha256", digest}}) == WeightOrigin::Custom);
  CATCH_CHECK(is_published("b38b3fb8b0590668c2af08608e2d0b78add952ef3aed33b39d7fa4b3e4f9a123", ""));
  CATCH_CHECK_FALSE(is_published("", ""));
  const auto failure = failure_of([&] { origin({{"content_sha256", source}}); });
  CATCH_CHECK(failure.kind == ErrorKind::Data);
  CATCH_CHECK(failure.says("net.safetensors: its tensors are not those that were written"));
}

CATCH_TEST_CASE("drawn weights depend on seed, network and name alone") {
  auto a = NetworkWeights::random(1, "net"), b = NetworkWeights::random(1, "net"),
       c = NetworkWeights::random(2, "net"), d = NetworkWeights::random(1, "other");
  const auto one = a.kernel("k", {64, 8, 3, 3});
  b.kernel("another", {2, 2});
  CATCH_CHECK(one.equal(b.kernel("k", {64, 8, 3, 3})));
  CATCH_CHECK_FALSE(one.equal(c.kernel("k", {64, 8, 3, 3})));
  CATCH_CHECK_FALSE(one.equal(d.kernel("k", {64, 8, 3, 3})));
  CATCH_CHECK(one.std().item<double>() == Approx(std::sqrt(2.0 / (64 * 9))).epsilon(0.05));
  CATCH_CHECK(a.origin() == WeightOrigin::Random);
  CATCH_CHECK(a.digest().empty());
  a.finish();
}

CATCH_TEST_CASE("weights that do not fit are listed in one line") {
  const test::TempDir folder;
  const auto finish = [&](const NamedTensors& tensors) {
    return failure_of([&] {
      auto weights = NetworkWeights::from_file(write(folder, tensors));
      take_all(weights);
    });
  };
  CATCH_CHECK_FALSE(finish(kTensors).kind.has_value());
  auto tensors = kTensors;
  tensors[0].second = at::ones({3, 2});
  tensors[1].first = "c.bias";
  const auto failure = finish(tensors);
  CATCH_CHECK(failure.kind == ErrorKind::Data);
  CATCH_CHECK(
      failure.says("net.safetensors: are no weights of this network: b.weight is [3, 2], "
                   "expected [2, 3]; missing a.bias [2]; unexpected c.bias [2]"));
  tensors = kTensors;
  tensors[1].second = at::full({2}, std::numeric_limits<float>::quiet_NaN());
  CATCH_CHECK(finish(tensors).kind == ErrorKind::Data);
  CATCH_CHECK(finish(tensors).says("a.bias has numbers that are not finite"));
  tensors = kTensors;
  for (int i = 0; i < 20; ++i) tensors.emplace_back(cat("x", i), at::ones({1}));
  CATCH_CHECK(finish(tensors).says("; and 12 more"));
}

CATCH_TEST_CASE("files that are cut off or not there are refused") {
  const test::TempDir folder;
  const auto path = write(folder, kTensors);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 4);
  CATCH_CHECK(failure_of([&] { NetworkWeights::from_file(path); }).kind == ErrorKind::Data);
  CATCH_CHECK(failure_of([&] { NetworkWeights::from_file(folder / "none"); }).kind ==
              ErrorKind::NoInput);
}
