#include "libcore/video/episode_names.h"
#include "libcore/video/picture_names.h"
#include "test/unit/video/video_files.h"

using namespace svg;
using namespace svg::video;
namespace fs = std::filesystem;
using Names = std::vector<std::string>;

namespace {

void touch(const Scratch& dir, const Names& names) {
  for (const auto& name : names) std::ofstream(dir / name);
}

Names names_of(const PictureNames& pictures) {
  Names names;
  for (const auto& path : pictures.paths) names.push_back(fs::path(path).filename().string());
  return names;
}

bool has(const std::string& text, const std::string& words) {
  CATCH_INFO(text);
  return text.find(words) != std::string::npos;
}

}  // namespace

CATCH_TEST_CASE("natural order counts", "[video]") {
  CATCH_CHECK(natural_less("2.png", "10.png"));
  CATCH_CHECK_FALSE(natural_less("10.png", "2.png"));
  CATCH_CHECK(natural_less("a1b2", "a1b10"));
  CATCH_CHECK(natural_less("a9", "b1"));
  CATCH_CHECK(natural_less("a", "a1"));
  CATCH_CHECK(natural_less("007", "7"));  // equal numbers: by their bytes
  CATCH_CHECK_FALSE(natural_less("x", "x"));
  CATCH_CHECK(natural_less("1" + std::string(40, '0'), "2" + std::string(40, '0')));
}

CATCH_TEST_CASE("a folder gives its pictures in natural order and names gaps", "[video]") {
  Scratch dir;
  CATCH_CHECK(error_of([&] { pictures_of_folder(dir.path()); }).kind() == ErrorKind::NoInput);
  touch(dir, {"f1.png", "f2.JPG", "f10.png", "notes.txt", ".hidden.png", "f9.png", "f3.png"});
  fs::create_directory(dir / "f4.png");
  const auto found = pictures_of_folder(dir.path());
  CATCH_CHECK(names_of(found) == Names{"f1.png", "f2.JPG", "f3.png", "f9.png", "f10.png"});
  CATCH_CHECK(has(found.gaps, "between f3.png and f9.png (5 pictures are missing in all)"));
  CATCH_CHECK(found.others == 1);
}

CATCH_TEST_CASE("names that are no counters have no gaps", "[video]") {
  Scratch dir;
  touch(dir, {"IMG_20230101_120000.jpg", "IMG_20230102_080000.jpg", "IMG_20230207_110000.jpg"});
  CATCH_CHECK(pictures_of_folder(dir.path()).gaps.empty());
  touch(dir, {"cat.png"});
  CATCH_CHECK(pictures_of_folder(dir.path()).gaps.empty());
}

CATCH_TEST_CASE("a pattern means the numbers that are there", "[video]") {
  Scratch dir;
  touch(dir, {"a008.png", "a009.png", "a011.png", "a1000.png", "a12.png", "a0013.png", "b1.png",
              "b10.png", "b2.png", "100%.png", "c%d.png"});
  const auto padded = pictures_of_pattern(dir / "a%03d.png");
  CATCH_REQUIRE(padded);
  CATCH_CHECK(names_of(*padded) == Names{"a008.png", "a009.png", "a011.png", "a1000.png"});
  CATCH_CHECK(has(padded->gaps, "between a009.png and a011.png"));
  const auto plain = pictures_of_pattern(dir / "b%d.png");
  CATCH_REQUIRE(plain);
  CATCH_CHECK(names_of(*plain) == Names{"b1.png", "b2.png", "b10.png"});
  CATCH_CHECK_FALSE(pictures_of_pattern(dir / "100%.png"));  // a file is called so
  CATCH_CHECK_FALSE(pictures_of_pattern(dir / "c%d.png"));
  CATCH_CHECK_FALSE(pictures_of_pattern(dir / "b%s.png"));
  CATCH_CHECK_FALSE(pictures_of_pattern(dir / "b%d%d.png"));
  CATCH_CHECK_FALSE(pictures_of_pattern("plain.png"));
  for (const std::string none : {"z%d.png", "none/%d.png"})
    CATCH_CHECK(error_of([&] { pictures_of_pattern(dir / none); }).kind() == ErrorKind::NoInput);
}

CATCH_TEST_CASE("inputs of one name become episodes of different names", "[video]") {
  CATCH_CHECK(episode_names({"a.mp4", "-", "x/b.mkv"}, "") == Names{"a", "stdin", "b"});
  CATCH_CHECK(episode_names({"/x/a/clip.mp4", "/x/b/clip.mp4", "/x/other.mp4"}, "") ==
              Names{"a/clip", "b/clip", "other"});
  CATCH_CHECK(episode_names({"/x/a/1/clip.mp4", "/x/b/1/clip.mp4"}, "") ==
              Names{"a/1/clip", "b/1/clip"});
  CATCH_CHECK(episode_names({"/x/clip.mp4", "/x/clip.mov"}, "") == Names{"clip.mp4", "clip.mov"});
  CATCH_CHECK(episode_names({"/x/clip.mp4", "/x/./clip.mp4"}, "") == Names{"clip", "clip#2"});
  CATCH_CHECK(episode_names({"-", "-"}, "") == Names{"stdin", "stdin#2"});
  CATCH_CHECK(episode_names({"/x/a/%05d.png", "/x/b/%05d.png"}, "") == Names{"a/%05d", "b/%05d"});
  CATCH_CHECK(episode_names({"/x/a/clip.mp4"}, "walk") == Names{"walk"});
  CATCH_CHECK(error_of([] {
                episode_names({"a.mp4", "b.mp4"}, "walk");
              }).kind() == ErrorKind::Usage);
}

CATCH_TEST_CASE("a folder of pictures is read as a video", "[video]") {
  Scratch dir;
  ffmpeg(source(11) + "-start_number 1 " + (dir / "%d.png"));
  const auto all = read(dir / "%d.png");
  CATCH_REQUIRE(all.size() == 11);
  CATCH_CHECK(read(dir.path()) == all);
  CATCH_CHECK(rate_of(dir.path()) == 0);
  // One that cannot be read.
  write_bytes(dir / "5.png", bytes_of(dir / "5.png").substr(0, 300));
  const Error error = error_of_reading(dir.path());
  CATCH_CHECK(error.kind() == ErrorKind::Data);
  CATCH_CHECK(says(error, "5.png"));
  ReaderOptions options;
  options.skip_bad = true;
  CATCH_CHECK(read(dir.path(), options).size() == 10);
  // Another size is no damage.
  ffmpeg(source(1, "10", "32x32") + (dir / "7.png"));
  CATCH_CHECK(says(error_of_reading(dir.path(), options), "give a size"));
  options.width = options.height = 16;
  CATCH_CHECK(read(dir.path(), options).size() == 10);
}

CATCH_TEST_CASE("a file whose name no stream can hold is named", "[video]") {
  const Error error = error_of([] { episode_names({"good.png", "b\xFF.png"}, ""); });
  CATCH_CHECK(error.kind() == ErrorKind::Data);
  CATCH_CHECK(says(error, "UTF-8"));
  CATCH_CHECK(says(error, ".png: the name of the file"));
  CATCH_CHECK(episode_names({"\xC3\xBC.png"}, "")[0] == "\xC3\xBC");
}
