// SRC of all videos together, and what is told apart in it.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "libcore/eval/features/centred_returns.h"
#include "libcore/eval/features/frechet.h"
#include "libcore/eval/features/set_distances.h"
#include "test/support/catch.h"

using namespace svg;
using namespace svg::eval;

namespace {

at::Tensor drawn(int64_t rows, int64_t columns, uint64_t seed, double shift = 0) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn({rows, columns}, generator, at::kDouble) + shift;
}

}  // namespace

CATCH_TEST_CASE("Centred returns have one centre: the mean over the true frames of all videos") {
  std::vector<ReturnFeatures> videos;
  CentredReturns centred;
  at::Tensor sum = at::zeros({6}, at::kDouble);
  int64_t count = 0;
  for (uint64_t seed = 0; seed < 3; ++seed) {
    const auto truth = drawn(4 + static_cast<int64_t>(seed), 6, 50 + seed, 3);
    ReturnFeatures video{drawn(4, 6, seed, 3), {{0, 0, 2}, {1, 1, 3}}, truth.sum(0), truth.size(0)};
    if (seed == 2) video.returns.clear();
    sum += truth.sum(0);
    count += truth.size(0);
    videos.push_back(video);
    centred.add(video);
  }
  const auto values = centred.finish();
  CATCH_REQUIRE(values.size() == 3);
  const auto mean = sum / static_cast<double>(count);
  for (size_t i = 0; i < 2; ++i) {
    const auto x = videos[i].frames - mean;
    const auto cosine = [&](int64_t a, int64_t b) {
      return (x[a].dot(x[b]) / (x[a].norm() * x[b].norm())).item<double>();
    };
    CATCH_CHECK(values[i] == Approx(100 * (cosine(0, 2) + cosine(1, 3)) / 2));
  }
  CATCH_CHECK(std::isnan(values[2]));
}

CATCH_TEST_CASE("A return from another pose is none of SRC's") {
  const std::vector<Return> returns = {{0, 0, 1}, {1, 2, 3, true}};
  CATCH_REQUIRE(same_pose(returns).size() == 1);
  CATCH_CHECK(same_pose(returns)[0].again == 1);
}

CATCH_TEST_CASE("Subject consistency looks back by one frame and to the first") {
  // Unit vectors at angles 0, 60, 180, 180 degrees: cosines to the previous .5, -.5, 1 and to the
  // first .5, -1, -1, of which none counts below 0.
  const double s = std::sqrt(3.0) / 2;
  const auto x = at::tensor({1.0, 0.0, 0.5, s, -1.0, 0.0, -2.0, 0.0}, at::kDouble).view({4, 2});
  CATCH_CHECK(subject_consistency(x).value() == Approx(((0.5 + 0.5) / 2 + 0 + 1.0 / 2) / 3));
  CATCH_CHECK(subject_consistency(at::ones({5, 3})).value() == Approx(1));
  CATCH_CHECK_FALSE(subject_consistency(at::ones({1, 3})).has_value());
}

CATCH_TEST_CASE("A distance has its floor, at one n: true halves, and generated ones beside them") {
  Networks networks;
  networks.sources[Metric::FdEfflite0].profile = "fd_efflite0_v1";
  SetDistances distances;
  std::vector<at::Tensor> made, truth;
  const int64_t rows[] = {5, 7, 6};
  for (uint64_t i = 0; i < 3; ++i) {
    made.push_back(drawn(rows[i], 4, 10 + i, 1));
    truth.push_back(drawn(rows[i], 4, 20 + i));
    SetFeatures features;
    features[Metric::FdEfflite0] = {made.back(), truth.back()};
    distances.add(features);
  }
  const auto found = distances.finish(networks);
  CATCH_REQUIRE(found.size() == 3);
  CATCH_CHECK(found[0].name == "fd_efflite0");
  CATCH_CHECK(found[0].n == 18);
  const auto first = [](const std::vector<at::Tensor>& v) {  // videos 0 and 2, 7 of 11
    return at::cat({v[0], v[2]}).narrow(0, 0, 7);
  };
  CATCH_CHECK(found[1].name == "fd_efflite0_floor");
  CATCH_CHECK(found[1].n == 7);
  CATCH_CHECK(found[1].value == Approx(frechet_distance(first(truth), truth[1])));
  CATCH_CHECK(found[2].name == "fd_efflite0_beside_floor");
  CATCH_CHECK(found[2].value == Approx((frechet_distance(first(made), truth[1]) +
                                        frechet_distance(made[1], first(truth))) /
                                       2));
}

CATCH_TEST_CASE("One video has no floor: its clips are no two samples") {
  Networks networks;
  networks.sources[Metric::FdEfflite0].profile = "fd_efflite0_v1";
  SetDistances distances;
  SetFeatures features;
  features[Metric::FdEfflite0] = {drawn(9, 4, 1), drawn(9, 4, 2)};
  distances.add(features);
  CATCH_CHECK(distances.finish(networks).size() == 1);
}
