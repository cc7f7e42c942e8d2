#include "libcore/plan/batches.h"

#include "test/support/catch.h"

using svg::plan::batches_of_shapes;

CATCH_TEST_CASE("batches hold tasks of one shape, in their order", "[plan]") {
  using Batches = std::vector<std::vector<size_t>>;
  CATCH_CHECK(batches_of_shapes({"a", "b", "a", "a", "b"}, 3) == Batches{{0, 2, 3}, {1, 4}});
  // None is alone that need not be.
  CATCH_CHECK(batches_of_shapes({"a", "a", "a", "b", "a", "a"}, 4) ==
              Batches{{0, 1}, {2, 4, 5}, {3}});
  CATCH_CHECK(batches_of_shapes({"a", "a"}, 16) == Batches{{0, 1}});
  CATCH_CHECK(batches_of_shapes({}, 2).empty());
}
