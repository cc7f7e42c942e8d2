#include "libcore/episode/action_source.h"

#include "test/support/catch.h"
#include "test/support/errors.h"

using namespace svg;
using episode::ActionSource;
using test::failure_of;

namespace {

std::vector<std::string> texts(const std::string& lines) {
  ActionSource source("plan.txt", lines);
  std::vector<std::string> all;
  while (auto action = source.next()) all.push_back(action->text);
  return all;
}

}  // namespace

CATCH_TEST_CASE("A byte order mark is no part of an action", "[episode]") {
  const std::string mark = "\xEF\xBB\xBF";
  const std::vector<std::string> two{"turn left", "walk forward"};
  CATCH_CHECK(texts(mark + "turn left\r\nwalk forward\r\n") == two);
  CATCH_CHECK(texts(mark + "# a comment\nturn left\nwalk forward") == two);
  CATCH_CHECK(texts(mark + "{\"action\":\"turn left\"}\n" + mark + "walk forward\n") == two);
  CATCH_CHECK(texts(mark).empty());
  // UTF-16, as some editors save "Unicode".
  CATCH_CHECK(failure_of([] { texts(std::string("\xFF\xFEt\0u\0", 6)); }).kind == ErrorKind::Data);
}

CATCH_TEST_CASE("The seed of an action is a whole number from 0 on", "[episode]") {
  ActionSource good("plan.jsonl", R"({"action":"a","seed":18446744073709551615})");
  CATCH_CHECK(good.next()->seed == UINT64_MAX);
  for (const char* seed : {"-1", "1.5", "1e3", "true", "\"7\"", "18446744073709551616"}) {
    CATCH_CAPTURE(seed);
    auto failure = failure_of([&] { texts(cat(R"({"action":"a","seed":)", seed, "}")); });
    CATCH_CHECK(failure.kind == ErrorKind::Data);
    CATCH_CHECK(failure.says("plan.txt:1"));
  }
}
