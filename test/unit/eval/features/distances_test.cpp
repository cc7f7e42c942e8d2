// Distances of features beside scipy, scikit-learn and videojedi
// (test/golden/feature_distances.py).
#include <ATen/ATen.h>

#include <limits>

#include "libcore/eval/features/frechet.h"
#include "libcore/eval/features/polynomial_mmd.h"
#include "libcore/eval/features/scene_return.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/golden.h"

using namespace svg;
using namespace svg::eval;
using test::failure_of;

namespace {

constexpr PolynomialKernel kSquare{.degree = 2, .offset = 0}, kCubic{.degree = 3, .offset = 1};

Approx near(const at::Tensor& expected, int64_t index, double tolerance) {
  return Approx(expected[index].item<double>()).margin(tolerance).epsilon(0);
}

}  // namespace

CATCH_TEST_CASE("distances of samples are those of the references, singular ones too") {
  const auto file = test::read_tensors(test::golden_path("feature_distances/samples.safetensors"));
  int cases = 0;
  for (const auto& [name, expected] : file) {
    const auto end = name.rfind(".expected");
    if (end == std::string::npos) continue;
    ++cases;
    const auto a = file.at(name.substr(0, end) + ".a"), b = file.at(name.substr(0, end) + ".b");
    CATCH_INFO(name);
    for (const auto form : {FrechetForm::Auto, FrechetForm::Samples, FrechetForm::Covariances}) {
      CATCH_CHECK(frechet_distance(a, b, form) == near(expected, 0, 1e-4));
      CATCH_CHECK(frechet_distance(b, a, form) == near(expected, 0, 1e-4));
    }
    CATCH_CHECK(biased_mmd(a, b, kSquare) == near(expected, 1, 1e-9));
    CATCH_CHECK(jedi(a, b) == near(expected * 100, 1, 1e-7));
    CATCH_CHECK(unbiased_mmd(a, b, kCubic) == near(expected, 2, 1e-9));
  }
  CATCH_CHECK(cases == 8);
}

CATCH_TEST_CASE("the kernel is summed in blocks that cover more samples than one block holds") {
  const auto a = at::linspace(-1, 1, 1100 * 3, at::kDouble).view({1100, 3}).sin();
  const auto b = at::linspace(0, 2, 700 * 3, at::kDouble).view({700, 3}).cos();
  const auto k = [](const at::Tensor& x, const at::Tensor& y) {
    return (at::matmul(x, y.t()) / 3).square().mean().item<double>();
  };
  CATCH_CHECK(biased_mmd(a, b, kSquare) ==
              Approx(k(a, a) + k(b, b) - 2 * k(a, b)).margin(1e-12).epsilon(0));
}

CATCH_TEST_CASE("the return to a place is scikit-learn's cosine, averaged by place") {
  const auto file = test::read_tensors(test::golden_path("feature_distances/returns.safetensors"));
  std::vector<Return> returns;
  const auto& rows = file.at("returns");
  for (int64_t i = 0; i < rows.size(0); ++i)
    returns.push_back(
        {rows[i][0].item<int64_t>(), rows[i][1].item<int64_t>(), rows[i][2].item<int64_t>()});
  const auto& features = file.at("features");
  const auto& expected = file.at("expected");
  CATCH_CHECK(*scene_return(features, returns) == near(expected, 0, 1e-9));
  CATCH_CHECK(*scene_return(features, returns, file.at("mean")) == near(expected, 1, 1e-9));
  CATCH_CHECK_FALSE(scene_return(features, {}).has_value());
  CATCH_CHECK(*scene_return(at::zeros({2, 3}), {{0, 0, 1}}) == 0);
  const auto failure = failure_of([&] { scene_return(features, {{7, 0, features.size(0)}}); });
  CATCH_CHECK(failure.kind == ErrorKind::Data);
  CATCH_CHECK(failure.says("place 7: is seen in frame 12, but there are 12"));
}

CATCH_TEST_CASE("features that cannot be compared are named") {
  const auto a = at::ones({4, 3});
  const auto broken =
      a.clone().index_fill_(0, at::tensor({int64_t{2}}), std::numeric_limits<double>::quiet_NaN());
  const auto failures = {
      failure_of([&] {
        frechet_distance(a, at::ones({1, 3}));
      }),
      failure_of([&] {
        frechet_distance(a, at::ones({4, 2}));
      }),
      failure_of([&] { frechet_distance(at::ones({4}), a); }),
      failure_of([&] { frechet_distance(a, broken); }),
      failure_of([&] {
        unbiased_mmd(a, at::ones({1, 3}), kCubic);
      }),
      failure_of([&] {
        scene_return(broken, {{0, 0, 1}});
      }),
  };
  for (const auto& failure : failures) CATCH_CHECK(failure.kind == ErrorKind::Data);
  CATCH_CHECK_FALSE(failure_of([&] { biased_mmd(a, at::ones({1, 3}), kSquare); }).kind.has_value());
}
