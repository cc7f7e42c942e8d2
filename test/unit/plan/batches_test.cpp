#include "libcore/plan/batches.h"

#include "test/support/catch.h"

using svg::plan::batches_of_shapes;

CATCH_TEST_CASE("batches hold tasks of one shape, in their order", "[plan]") {
  using Batches = std::vector<std::vector<size_t>>;
  CATCH_CHECK(batches_of_shapes({"a", "b", "a", "a", "b"}, 2) == Batches{{0, 2}, {1, 4}, {3}});
  CATCH_CHECK(batches_of_shapes({"a", "a"}, 16) == Batches{{0, 1}});
  CATCH_CHECK(batches_of_shapes({}, 2).empty());
}
