#include "libcore/eval/videos/in_order.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "libcore/base/error.h"
#include "test/support/catch.h"
#include "test/support/errors.h"

using namespace svg;
using namespace svg::eval;
using namespace std::chrono_literals;

CATCH_TEST_CASE("Results come in order, whichever thread is first") {
  InOrder<int64_t> work(40, 4, [](int64_t i) {
    if (i % 4 == 0) std::this_thread::sleep_for(3ms);
    return i * i;
  });
  std::vector<int64_t> taken;
  work.collect(
      [&](int64_t i, int64_t square) {
        CATCH_CHECK(square == i * i);
        taken.push_back(i);
      },
      [] {});
  CATCH_REQUIRE(taken.size() == 40);
  for (size_t i = 0; i < taken.size(); ++i) CATCH_CHECK(taken[i] == static_cast<int64_t>(i));
}

CATCH_TEST_CASE("No more results wait than twice the threads") {
  std::atomic<int64_t> begun = 0;
  int64_t taken = 0, most = 0;
  InOrder<int> work(60, 3, [&](int64_t i) {
    ++begun;
    if (i == 0) std::this_thread::sleep_for(100ms);  // all others could overtake it
    return 0;
  });
  work.collect(
      [&](int64_t, int) {
        most = std::max(most, begun - taken);
        ++taken;
      },
      [] {});
  CATCH_CHECK(taken == 60);
  CATCH_CHECK(most <= 6 + 1);  // one more may begin once a result is handed over
}

CATCH_TEST_CASE("A failure comes out at its turn, and no further work begins") {
  std::atomic<int64_t> begun = 0;
  int64_t taken = 0;
  const auto failure = test::failure_of([&] {
    InOrder<int> work(1000, 2, [&](int64_t i) {
      ++begun;
      require(i != 5 && i != 7, ErrorKind::Data, "video ", i, " is damaged");
      return 0;
    });
    work.collect([&](int64_t, int) { ++taken; }, [] {});
  });
  CATCH_CHECK(failure.message == "video 5 is damaged");
  CATCH_CHECK(taken == 5);
  CATCH_CHECK(begun <= 5 + 1 + 4);
}

CATCH_TEST_CASE("While a result is waited for, the caller may draw its meter") {
  int idle = 0;
  InOrder<int> work(1, 1, [](int64_t) {
    std::this_thread::sleep_for(500ms);
    return 0;
  });
  work.collect([](int64_t, int) {}, [&] { ++idle; });
  CATCH_CHECK(idle >= 1);
}
