// Which videos a name stands for, and which of two sets belong together.
#include "libcore/eval/videos/video_set.h"

#include "libcore/base/atomic_file.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::eval;
using test::failure_of;

namespace {

// Listing opens no videos: names are enough.
void touch(const std::string& path) {
  make_directories(std::filesystem::path(path).parent_path().string());
  write_file_atomically(path, "");
}

std::vector<std::string> names_of(const VideoSet& set) {
  std::vector<std::string> names;
  for (const auto& video : set.videos) names.push_back(video.name);
  return names;
}

VideoSet set_of(const std::vector<std::string>& names) {
  VideoSet set;
  for (const auto& name : names)
    set.videos.push_back({.kind = VideoRef::Kind::Video, .name = name, .path = name + ".mp4"});
  return set;
}

}  // namespace

CATCH_TEST_CASE("A folder's videos are named by their path in it, in natural order") {
  const test::TempDir dir;
  for (const char* name : {"clip10.mp4", "clip2.MKV", "a/clip2.webm", "b/walk/1.png",
                           "b/walk/2.png", "notes.txt", ".hidden.mp4"})
    touch(dir / name);
  const auto set = list_videos(dir.path(), {});
  CATCH_CHECK(names_of(set) == std::vector<std::string>{"a/clip2", "b/walk", "clip2", "clip10"});
  CATCH_CHECK(set.videos[1].path == dir / "b/walk");
}

CATCH_TEST_CASE("A folder of pictures is one video, called as the folder") {
  const test::TempDir dir;
  touch(dir / "walk/01.png");
  touch(dir / "walk/02.png");
  CATCH_CHECK(names_of(list_videos(dir / "walk/", {})) == std::vector<std::string>{"walk"});
}

CATCH_TEST_CASE("Nothing to measure, nothing there and two of one name are errors") {
  const test::TempDir dir;
  touch(dir / "empty/notes.txt");
  CATCH_CHECK(failure_of([&] { list_videos(dir / "empty", {}); }).kind == ErrorKind::NoInput);
  CATCH_CHECK(failure_of([&] { list_videos(dir / "nowhere", {}); }).kind == ErrorKind::NoInput);
  touch(dir / "twins/clip.mp4");
  touch(dir / "twins/clip.mov");
  const auto failure = failure_of([&] { list_videos(dir / "twins", {}); });
  CATCH_CHECK(failure.kind == ErrorKind::Config);
  CATCH_CHECK(failure.says("two videos are called clip"));
}

CATCH_TEST_CASE("A stream that is none is an error, or left out") {
  const test::TempDir dir;
  touch(dir / "clip.mp4");
  write_file_atomically(dir / "walk.latents", "no stream");
  CATCH_CHECK(failure_of([&] { list_videos(dir.path(), {}); }).kind == ErrorKind::Data);
  const auto set = list_videos(dir.path(), {.skip_bad = true});
  CATCH_CHECK(names_of(set) == std::vector<std::string>{"clip"});
  CATCH_CHECK(set.unreadable.size() == 1);
}

CATCH_TEST_CASE("Videos are paired by name; two single ones whatever they are called") {
  const auto paired = pair_videos(set_of({"a", "b", "d"}), set_of({"b", "c", "d"}));
  CATCH_REQUIRE(paired.pairs.size() == 2);
  CATCH_CHECK(paired.pairs[0].generated.name == "b");
  CATCH_CHECK(paired.pairs[0].reference->name == "b");
  CATCH_CHECK(paired.pairs[1].reference->name == "d");
  CATCH_CHECK(paired.unpaired == std::vector<std::string>{"a.mp4: the reference has no a",
                                                          "c.mp4: no generated video is called c"});
  CATCH_CHECK(pair_videos(set_of({"made"}), set_of({"true"})).pairs.size() == 1);
  // Where one of several could not be read, the one that is left need not be its counterpart.
  auto left = set_of({"made"});
  left.unreadable = {"true.latents: is damaged"};
  CATCH_CHECK(pair_videos(left, set_of({"true"})).pairs.empty());
}
