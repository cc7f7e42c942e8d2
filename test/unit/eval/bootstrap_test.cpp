#include "libcore/eval/bootstrap.h"

#include <cmath>
#include <limits>

#include "test/support/catch.h"

using namespace svg::eval;

CATCH_TEST_CASE("The interval of a known sample is near its normal approximation") {
  // 100 values 0..99: mean 49.5, deviation of the mean 28.87 / 10 (population form, as resampling
  // draws from the sample).
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) values.push_back(i);
  const auto interval = bootstrap_mean(values);
  CATCH_CHECK(interval.mean == Approx(49.5));
  CATCH_CHECK(interval.n == 100);
  CATCH_CHECK(interval.low == Approx(49.5 - 1.96 * 2.887).margin(0.25));
  CATCH_CHECK(interval.high == Approx(49.5 + 1.96 * 2.887).margin(0.25));
}

CATCH_TEST_CASE("Equal seeds give equal intervals, and a constant has none") {
  const std::vector<double> values = {0, 1, 1, 0, 1};
  CATCH_CHECK(bootstrap_mean(values).low == bootstrap_mean(values).low);
  const auto constant = bootstrap_mean({3, 3, 3});
  CATCH_CHECK(constant.low == 3);
  CATCH_CHECK(constant.high == 3);
}

CATCH_TEST_CASE("Episodes without a query do not count") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto interval = bootstrap_mean({1, nan, 3});
  CATCH_CHECK(interval.n == 2);
  CATCH_CHECK(interval.mean == 2);
  CATCH_CHECK(bootstrap_mean({nan}).n == 0);
  CATCH_CHECK(std::isnan(bootstrap_mean({}).mean));
}

CATCH_TEST_CASE(
    "A difference is paired: rows that differ by one everywhere differ by one exactly") {
  const auto d = bootstrap_difference({5, 9, 2, 7}, {4, 8, 1, 6});
  CATCH_CHECK(d.mean == 1);
  CATCH_CHECK(d.low == 1);
  CATCH_CHECK(d.high == 1);
}
