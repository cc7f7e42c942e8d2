#include "libcore/base/shard.h"

#include "libcore/base/error.h"
#include "test/support/catch.h"

using namespace svg;

CATCH_TEST_CASE("Shards share out the work, each piece once") {
  for (int64_t item = 0; item < 20; ++item) {
    int owners = 0;
    for (const char* text : {"1/3", "2/3", "3/3"}) owners += shard_from(text).has(item);
    CATCH_CHECK(owners == 1);
  }
  CATCH_CHECK(shard_from("1/1").has(7));
}

CATCH_TEST_CASE("What is no I/N is refused") {
  for (const char* text : {"", "/", "1", "1/", "/2", "0/2", "3/2", "-1/2", "1/2/3", "1 /2", "a/b",
                           "99999999999999999999/1"})
    CATCH_CHECK_THROWS_AS(shard_from(text), Error);
}
