#include "libcore/video/bounded_queue.h"

#include <atomic>
#include <stdexcept>

#include "test/support/catch.h"

using svg::video::BoundedQueue;
using svg::video::Consumer;
using svg::video::Producer;

CATCH_TEST_CASE("items come out in order and never pile up", "[video]") {
  std::atomic<int> made = 0;
  Producer<int> producer(2, [&](BoundedQueue<int>& out) {
    for (int i = 0; i < 100; ++i) {
      ++made;
      if (!out.push(i)) return;
    }
  });
  for (int i = 0; i < 100; ++i) {
    CATCH_REQUIRE(producer.next() == i);
    CATCH_REQUIRE(made <= i + 1 + 2 + 1);  // taken, queued, and one waiting for room
  }
  CATCH_CHECK(!producer.next());
}

CATCH_TEST_CASE("a producer's exception comes out behind its last item", "[video]") {
  Producer<int> producer(4, [](BoundedQueue<int>& out) {
    out.push(1);
    throw std::runtime_error("torn");
  });
  CATCH_CHECK(producer.next() == 1);
  CATCH_CHECK_THROWS_AS(producer.next(), std::runtime_error);
}

CATCH_TEST_CASE("a consumer's exception comes out where items go in", "[video]") {
  Consumer<int> consumer(1, [](int i) {
    if (i == 3) throw std::runtime_error("disk full");
  });
  auto feed = [&] {
    for (int i = 0; i < 100; ++i) consumer.put(i);
    consumer.finish();
  };
  CATCH_CHECK_THROWS_AS(feed(), std::runtime_error);
}

CATCH_TEST_CASE("a producer that nobody hears any more stops", "[video]") {
  Producer<int> producer(1, [](BoundedQueue<int>& out) {
    while (out.push(0)) {
    }
  });
  CATCH_CHECK(producer.next() == 0);
}
