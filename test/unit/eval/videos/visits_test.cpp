// Visits of a manifest, by the frames that are fed.
#include "libcore/eval/videos/visits.h"

#include "libcore/base/atomic_file.h"
#include "test/support/catch.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::eval;

CATCH_TEST_CASE("Visits count by the frames of chunks' outputs, those of other frames not at all") {
  const test::TempDir folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    write_file_atomically(folder / name, text);
  };
  write("episodes.jsonl",
        R"({"ep":"a","domain":"x","split":"test","fps":10,"n":10,"h":2,"w":2,"video":"a.rgb"})"
        "\n");
  // Frames 0 and 1 are given only: frame 2 is the first that is fed, and 5 follows 3.
  write("chunks.jsonl", R"({"ep":"a","k":0,"in":[0,2],"out":[2,4],"text":"x"})"
                        "\n"
                        R"({"ep":"a","k":1,"in":[4,5],"out":[5,9],"text":"x","visits":[)"
                        R"({"frame":6,"place":3,"ord":2,"first":2,"gap":4},)"
                        R"({"frame":7,"place":3,"ord":3,"first":2,"gap":5},)"
                        R"({"frame":7,"place":4,"ord":2,"first":1,"gap":6},)"
                        R"({"frame":8,"place":5,"ord":1,"first":8,"gap":0}]})"
                        "\n");
  const auto set = list_videos(folder.path(), {});
  CATCH_REQUIRE(set.videos.size() == 1);
  const auto returns = returns_of(set.videos.front());
  CATCH_REQUIRE(returns.size() == 2);
  CATCH_CHECK(returns[0].place == 3);
  CATCH_CHECK(returns[0].first == 0);
  CATCH_CHECK(returns[0].again == 3);
  CATCH_CHECK(returns[1].again == 4);
  CATCH_CHECK(returns_of(VideoRef{}).empty());
}
