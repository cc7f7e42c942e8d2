#include "formats/stream/episode_indices.h"

#include <random>
#include <set>

#include "test/support/catch.h"

using svg::formats::EpisodeIndices;

CATCH_TEST_CASE("Indices in any order are found again, and no others", "[formats]") {
  std::mt19937 draw(7);
  for (int round = 0; round < 50; ++round) {
    EpisodeIndices indices;
    std::set<int64_t> had;
    for (int i = 0; i < 60; ++i) {
      const auto index = static_cast<int64_t>(draw() % 40);
      CATCH_REQUIRE(indices.contains("a", index) == had.contains(index));
      if (had.insert(index).second) indices.add("a", index);
    }
    for (int64_t index = 0; index < 41; ++index)
      CATCH_REQUIRE(indices.contains("a", index) == had.contains(index));
    CATCH_CHECK_FALSE(indices.contains("b", *had.begin()));
  }
  EpisodeIndices far;
  far.add("a", INT64_MAX - 1);
  CATCH_CHECK(far.contains("a", INT64_MAX - 1));
  CATCH_CHECK_FALSE(far.contains("a", 0));
}
