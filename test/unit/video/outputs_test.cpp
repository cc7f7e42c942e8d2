// What the written files are to other programs.
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <future>

#include "libcore/video/video_names.h"
#include "libcore/video/video_writer.h"
#include "test/unit/video/video_files.h"

using namespace svg;
using namespace svg::video;

namespace {

void write_greys(const std::string& name, int frames) {
  VideoWriter writer(name, {.fps = 10, .crf = 14, .comment = "from a test"});
  for (int t = 0; t < frames; ++t) writer.write(Image(32, 48, static_cast<uint8_t>(6 * t)));
  writer.finish();
}

void check_greys(const std::string& name, size_t frames) {
  const auto back = read(name);
  CATCH_REQUIRE(back.size() == frames);
  for (size_t t = 0; t < frames; ++t)
    CATCH_CHECK(std::abs(back[t].rgb[0] - static_cast<int>(6 * t)) < 6);
  CATCH_CHECK(rate_of(name) == Approx(10));
}

// One value of the video stream, as ffprobe has it.
std::string probed(const std::string& name, const std::string& entry) {
  FILE* pipe =
      popen(("ffprobe -v error -of csv=p=0 -show_entries " + entry + " " + name).c_str(), "r");
  std::array<char, 200> line{};
  const bool got = std::fgets(line.data(), line.size(), pipe) != nullptr;
  pclose(pipe);
  std::string text = got ? line.data() : "";
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

CATCH_TEST_CASE("the name says the format, in capitals or not", "[video]") {
  CATCH_CHECK(container_of("a.MP4") == Container::Mp4);
  CATCH_CHECK(container_of("dir.mkv/a.Mov") == Container::Mov);
  CATCH_CHECK(container_of("a.webm") == Container::WebM);
  CATCH_CHECK(container_of("%05d.PNG") == Container::Pictures);
  CATCH_CHECK(container_of("-") == Container::Y4m);
  CATCH_CHECK_FALSE(container_of("mp4"));
  CATCH_CHECK_FALSE(container_of("a.mp4.txt"));
  Scratch dir;
  const std::pair<const char*, const char*> codecs[] = {{"a.MP4", "h264"},
                                                        {"a.mov", "h264"},
                                                        {"a.webm", "vp9"},
                                                        {"a.WebM", "vp9"},
                                                        {"a.MKV", "ffv1"}};
  for (const auto& [name, codec] : codecs) {
    CATCH_INFO(name);
    write_greys(dir / name, 40);
    check_greys(dir / name, 40);
    CATCH_CHECK(probed(dir / name, "stream=codec_name") == codec);
    CATCH_CHECK(probed(dir / name, "format_tags=comment") == "from a test");
    const std::string once = bytes_of(dir / name);
    write_greys(dir / name, 40);
    CATCH_CHECK(bytes_of(dir / name) == once);
  }
  CATCH_CHECK(probed(dir / "a.mov", "format_tags=major_brand").starts_with("qt"));
}

CATCH_TEST_CASE("videos say what their colours mean", "[video]") {
  Scratch dir;
  for (const std::string end : {".mp4", ".mov", ".webm", ".mkv"}) {
    CATCH_INFO(end);
    const std::string name = dir / ("a" + end);
    write_greys(name, 2);
    CATCH_CHECK(probed(name, "stream=color_primaries") == "bt709");
    CATCH_CHECK(probed(name, "stream=color_transfer") == "bt709");
    if (end == ".mkv") continue;
    CATCH_CHECK(probed(name, "stream=color_space") == "smpte170m");
    CATCH_CHECK(probed(name, "stream=color_range") == "tv");
    VideoWriter high(name);
    high.write(Image(720, 64));
    high.finish();
    CATCH_CHECK(probed(name, "stream=color_space") == "bt709");
  }
}

CATCH_TEST_CASE("videos go whole through a named pipe", "[video]") {
  Scratch dir;
  for (const std::string end : {".mp4", ".mov", ".webm", ".mkv", ".gif", ".y4m"}) {
    CATCH_INFO(end);
    const std::string pipe = dir / ("pipe" + end);
    CATCH_REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    auto got = std::async(std::launch::async, [&] { return bytes_of(pipe); });
    write_greys(pipe, 40);
    write_bytes(dir / ("got" + end), got.get());
    check_greys(dir / ("got" + end), 40);
  }
}
