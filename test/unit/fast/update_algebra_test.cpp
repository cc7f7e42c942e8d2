// Low-rank updates against dense matrices in NumPy and SciPy (test/golden/update_algebra.py).
#include "libcore/fast/update_algebra.h"

#include <ATen/ATen.h>

#include <cmath>

#include "formats/safetensors.h"
#include "libcore/tensor/parameters.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/golden.h"

namespace svg::fast {

CATCH_TEST_CASE("Norms, angles and truncation on factors are those of dense matrices", "[learn]") {
  const auto name = GENERATE(as<std::string>{}, "apart", "near", "low_rank", "narrow");
  CATCH_CAPTURE(name);
  const auto path = test::golden_path("update_algebra/" + name + ".safetensors");
  const auto golden = test::read_tensors(path);
  const json facts = json::parse(formats::SafetensorsFile(path).view().metadata.at("facts"));

  auto update = [&](const char* which) {
    const auto &a = golden.at(std::string("a") + which), &b = golden.at(std::string("b") + which);
    // alpha such that alpha/rank is the scale
    return update_of(
        {"m", view_of("a", a), view_of("b", b),
         facts.at(std::string("scale") + which).get<double>() * static_cast<double>(a.size(0))});
  };
  const auto x = update("1"), y = update("2");
  auto near = [&](double actual, const char* key) {
    CATCH_CHECK(actual == Approx(facts.at(key).get<double>()).epsilon(1e-9));
  };
  near(norm_of(x), "norm1");
  near(norm_of(y), "norm2");
  near(norm_of(sum_of({-x.b, x.a}, y, "m")), "norm_difference");
  CATCH_CHECK(largest_angle(x, y) == Approx(facts.at("angle").get<double>()).margin(1e-7));
  CATCH_CHECK(largest_angle(y, x) == Approx(largest_angle(x, y)).margin(1e-7));
  CATCH_CHECK(largest_angle(x, x) == Approx(0).margin(1e-7));
  for (int64_t rank : {1, 2, 4}) {
    CATCH_CAPTURE(rank);
    const auto cut = truncate(sum_of(x, y, "m"), rank);
    CATCH_CHECK(cut.update.a.size(0) == rank);
    CATCH_CHECK(test::relative_error(cut.update.b.mm(cut.update.a),
                                     golden.at("cut." + std::to_string(rank))) < 1e-9);
    CATCH_CHECK(cut.lost / cut.energy ==
                Approx(facts.at("lost").at(std::to_string(rank)).get<double>()).margin(1e-12));
  }
}

CATCH_TEST_CASE("No update is nothing, and has no direction", "[learn]") {
  const Update x{at::ones({3, 1}, at::kDouble), at::ones({1, 2}, at::kDouble)};
  const auto none = zero_like(x);
  CATCH_CHECK(norm_of(none) == 0);
  CATCH_CHECK(std::isnan(largest_angle(x, none)));
  CATCH_CHECK(norm_of(sum_of(x, none, "m")) == Approx(std::sqrt(6.0)));
  const Update narrow{at::ones({2, 1}, at::kDouble), at::ones({1, 2}, at::kDouble)};
  CATCH_CHECK(test::failure_of([&] { sum_of(x, narrow, "m"); }).kind == ErrorKind::Config);
}

}  // namespace svg::fast
