#include "libcore/eval/revisit/recorded_tasks.h"

#include <ATen/ATen.h>

#include <fstream>

#include "libcore/base/error.h"
#include "test/support/catch.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::eval;

namespace {

// An episode of `frames` 8x4 frames, frame t all of value t, in chunks of 4 from frame `first` on.
void put_episode(const std::string& dir, const std::string& ep, int frames, int first,
                 bool visits) {
  std::string rgb;
  for (int t = 0; t < frames; ++t) rgb.append(3 * 8 * 4, static_cast<char>(t));
  std::ofstream(dir + "/" + ep + ".rgb", std::ios::binary) << rgb;
  std::vector<float> poses;
  for (int t = 0; t < frames; ++t)  // to and fro: 0 1 2 .. 6 5 ..
    poses.insert(poses.end(), {static_cast<float>(t < 7 ? t : 12 - t), 0, 0});
  std::ofstream(dir + "/" + ep + ".f32", std::ios::binary)
      .write(reinterpret_cast<const char*>(poses.data()),
             static_cast<std::streamsize>(poses.size() * sizeof(float)));
  const ordered_json line{{"ep", ep},
                          {"domain", "d"},
                          {"split", "test"},
                          {"video", ep + ".rgb"},
                          {"sha256", nullptr},
                          {"fps", 10},
                          {"n", frames},
                          {"h", 4},
                          {"w", 8},
                          {"pose", ep + ".f32"},
                          {"pose_fields", {"x", "y", "yaw"}}};
  std::ofstream(dir + "/episodes.jsonl", std::ios::app) << line.dump() << "\n";
  std::ofstream chunks(dir + "/chunks.jsonl", std::ios::app);
  int k = 0;
  for (int begin = first; begin < frames; begin += 4, ++k) {
    ordered_json chunk{{"ep", ep},
                       {"k", k},
                       {"in", {std::max(0, begin - 4), begin}},
                       {"out", {begin, std::min(begin + 4, frames)}},
                       {"text", cat("do ", k)}};
    if (visits && begin == first + 8)
      chunk["visits"] = {{{"frame", begin},
                          {"place", 0},
                          {"ord", 2},
                          {"first", first + 1},
                          {"gap", begin - first - 1}}};
    chunks << chunk.dump() << "\n";
  }
}

void put_task(const std::string& dir, const std::string& ep, int given) {
  const ordered_json task{
      {"task", "revisit"}, {"ep", ep}, {"goal_text", "x"}, {"ctx", {0, given}}, {"script", "walk"}};
  std::ofstream(dir + "/tasks.jsonl", std::ios::app) << task.dump() << "\n";
}

}  // namespace

CATCH_TEST_CASE("Recorded episodes are their chunks, and what comes back is named or found") {
  const test::TempDir dir;
  put_episode(dir.path(), "a", 14, 1, false);  // chunks 1-5, 5-9, 9-13; one frame too few for more
  put_episode(dir.path(), "b", 13, 1, true);
  put_episode(dir.path(), "c", 12, 0, false);
  for (const char* ep : {"a", "b"}) put_task(dir.path(), ep, 5);
  put_task(dir.path(), "c", 9);  // the second chunk ends before
  const RecordedTasks tasks({.folder = dir.path()});
  CATCH_CHECK(tasks.scripts() == std::vector<std::string>{"walk"});
  CATCH_CHECK(tasks.episodes("walk") == 3);
  CATCH_CHECK(!tasks.world());
  const auto batches = tasks.batches(8);
  CATCH_REQUIRE(batches.size() == 2);  // cut alike, or not in step
  CATCH_CHECK(batches[0].count == 2);
  CATCH_CHECK(batches[0].setup.chunks == 3);
  CATCH_CHECK(batches[0].setup.turn == 1);
  CATCH_CHECK(batches[1].setup.turn == 2);
  CATCH_CHECK(tasks.batches(1).size() == 3);

  const auto a = tasks.make(batches[0], 0), b = tasks.make(batches[0], 1);
  CATCH_CHECK(a.id == "a");
  CATCH_CHECK(a.frames.sizes() == at::IntArrayRef({12, 4, 8, 3}));
  CATCH_CHECK(at::equal(a.frames[0], at::full({4, 8, 3}, 1, at::kByte)));
  CATCH_CHECK(a.actions[2].text == "do 2");
  CATCH_CHECK(a.recording.frames == 14);
  CATCH_CHECK(a.recording.first == 1);
  CATCH_CHECK(a.views[3].x == 4);
  // Frames 8 to 11 of the file stand where frames 4 to 1 stood.
  CATCH_REQUIRE(a.visits.size() == 4);
  CATCH_CHECK(a.visits[0].frame == 7);
  CATCH_CHECK(a.visits[0].first == 3);
  CATCH_CHECK(a.visits[3].first == 0);
  CATCH_REQUIRE(b.visits.size() == 1);  // the manifest's own
  CATCH_CHECK(b.visits[0].frame == 8);
  CATCH_CHECK(b.visits[0].first == 1);

  const auto small = tasks.make(batches[0], 0, RevisitTasks::Size{4, 2});
  CATCH_CHECK(small.frames.sizes() == at::IntArrayRef({12, 2, 4, 3}));
}

CATCH_TEST_CASE("What cannot be asked of recorded data is refused") {
  const test::TempDir dir;
  put_episode(dir.path(), "a", 12, 0, false);
  CATCH_CHECK_THROWS_AS(RecordedTasks({.folder = dir.path()}), Error);  // no task, nothing given
  CATCH_CHECK_THROWS_AS(RecordedTasks({.folder = dir.path(), .given = 3}), Error);
  CATCH_CHECK_THROWS_AS(RecordedTasks({.folder = dir.path(), .given = 12}), Error);
  CATCH_CHECK_THROWS_AS(RecordedTasks({.folder = dir.path(), .scripts = {"spin"}, .given = 4}),
                        Error);
  CATCH_CHECK(RecordedTasks({.folder = dir.path(), .given = 7}).batches(1)[0].setup.turn == 1);
  std::ofstream(dir.path() + "/chunks.jsonl", std::ios::app)
      << ordered_json{{"ep", "a"}, {"k", 9}, {"in", {0, 0}}, {"out", {0, 4}}, {"text", "x"}}.dump()
      << "\n";
  CATCH_CHECK_THROWS_AS(RecordedTasks({.folder = dir.path(), .given = 4}), Error);
}
