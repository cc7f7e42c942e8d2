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

CATCH_TEST_CASE("A paired permutation test counts the signs that give as large a difference") {
  // Of the 2^4 signs of four equal differences, two give as much: all up, all down.
  CATCH_CHECK(paired_p_value({5, 9, 2, 7}, {4, 8, 1, 6}) == Approx(2.0 / 16));
  // 3, -1: sums of size 2 or 4, all are as large as 2.
  CATCH_CHECK(paired_p_value({3, 0}, {0, 1}) == 1);
  CATCH_CHECK(paired_p_value({3, 1}, {0, 0}) == Approx(2.0 / 4));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CATCH_CHECK(paired_p_value({5, nan, 2}, {4, 8, 1}) == Approx(2.0 / 4));
  CATCH_CHECK(paired_p_value({nan}, {1}) == 1);
  CATCH_CHECK(paired_p_value({}, {}) == 1);
}

CATCH_TEST_CASE("With many episodes the permutations are drawn") {
  std::vector<double> a, b, same;
  for (int i = 0; i < 40; ++i) {
    a.push_back(i % 7 + 0.5);
    b.push_back(i % 7);
    same.push_back(i % 7 + (i % 2 ? 0.5 : -0.5));
  }
  CATCH_CHECK(paired_p_value(a, b) == Approx(1.0 / 10001));  // none of the draws
  CATCH_CHECK(paired_p_value(same, b) > 0.9);
  CATCH_CHECK(paired_p_value(a, b) == paired_p_value(b, a));
}

CATCH_TEST_CASE("Holm's correction: the smallest times n, the next times n - 1, never falling") {
  // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") of R
  const auto p = holm_corrected({0.01, 0.04, 0.03, 0.005});
  CATCH_REQUIRE(p.size() == 4);
  CATCH_CHECK(p[0] == Approx(0.03));
  CATCH_CHECK(p[1] == Approx(0.06));
  CATCH_CHECK(p[2] == Approx(0.06));
  CATCH_CHECK(p[3] == Approx(0.02));
  CATCH_CHECK(holm_corrected({0.6, 0.7}) == std::vector<double>{1, 1});
  CATCH_CHECK(holm_corrected({}).empty());
}

CATCH_TEST_CASE("A weighted mean is the ratio of the sums, and its interval that of ratios") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  // Gains 1, 4, 3 over ranges 2, 4, 10.
  const auto mean = bootstrap_weighted_mean({0.5, 1.0, nan, 0.3}, {2, 4, 100, 10});
  CATCH_CHECK(mean.n == 3);
  CATCH_CHECK(mean.mean == Approx(8.0 / 16));
  CATCH_CHECK(mean.low == Approx(0.3));
  CATCH_CHECK(mean.high == Approx(1.0));
  const std::vector<double> values = {1, 2, 4, 8, 16};
  const auto plain = bootstrap_mean(values),
             even = bootstrap_weighted_mean(values, {3, 3, 3, 3, 3});
  CATCH_CHECK(even.mean == Approx(plain.mean));
  CATCH_CHECK(even.low == Approx(plain.low));
  CATCH_CHECK(even.high == Approx(plain.high));
}
