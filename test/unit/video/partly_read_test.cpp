// Files of which only a part is read, or only a part is there: it is said, or they are refused.
#include "test/unit/video/video_files.h"

using namespace svg;
using namespace svg::video;

namespace {

bool warns(const std::string& name, const std::string& words, const ReaderOptions& options = {}) {
  const std::string said = said_by([&] { read(name, options); });
  CATCH_INFO(said);
  return said.find(words) != std::string::npos;
}

}  // namespace

CATCH_TEST_CASE("of joined files that FFmpeg reads but the first, the rest is counted", "[video]") {
  Scratch dir;
  for (const std::string end : {"mp4", "mov", "flv", "wmv", "apng", "frag.mp4"}) {
    CATCH_INFO(end);
    const std::string name = dir / ("a." + end);
    ffmpeg(source(10) + (end == "frag.mp4" ? "-movflags +frag_keyframe+empty_moov " : "") + name);
    const std::string bytes = bytes_of(name);
    CATCH_CHECK_FALSE(warns(name, "not read"));
    write_bytes(dir / ("b." + end), bytes + bytes);
    CATCH_CHECK(warns(dir / ("b." + end), cat(bytes.size(), " bytes behind the end")));
    CATCH_CHECK(read(dir / ("b." + end)).size() == 10);
    ReaderOptions quiet;
    quiet.quiet = true;
    CATCH_CHECK_FALSE(warns(dir / ("b." + end), "not read", quiet));
  }
}

CATCH_TEST_CASE("further pictures, pages and videos of a file are said", "[video]") {
  Scratch dir;
  for (const std::string end : {"png", "jpg", "webp"}) {
    CATCH_INFO(end);
    ffmpeg(source(1) + (dir / ("a." + end)));
    CATCH_CHECK_FALSE(warns(dir / ("a." + end), "another picture"));
    const std::string bytes = bytes_of(dir / ("a." + end));
    write_bytes(dir / ("b." + end), bytes + bytes);
    CATCH_CHECK(warns(dir / ("b." + end), "another picture"));
  }
  ffmpeg(source(1) + (dir / "a.tiff"));
  CATCH_CHECK_FALSE(warns(dir / "a.tiff", "page"));
  // Little-endian: the place of the first page, its entries of 12 bytes, the place of the next.
  std::string tiff = bytes_of(dir / "a.tiff");
  const auto number = [&](size_t at, int bytes) {
    size_t n = 0;
    for (int i = bytes - 1; i >= 0; --i) n = n << 8 | static_cast<uint8_t>(tiff.at(at + size_t(i)));
    return n;
  };
  const size_t page = number(4, 4);
  tiff.at(page + 2 + 12 * number(page, 2)) = 8;
  write_bytes(dir / "b.tiff", tiff);
  CATCH_CHECK(warns(dir / "b.tiff", "more than one page"));

  ffmpeg(source(5) + (dir / "a.mp4"));
  ffmpeg("-i " + (dir / "a.mp4") + " -i " + (dir / "a.mp4") + " -map 0 -map 1 -c copy " +
         (dir / "two.mkv"));
  CATCH_CHECK(warns(dir / "two.mkv", "holds 2 videos; only stream 0 is read"));
  // A cover picture is no video.
  const std::string cover = " -i " + (dir / "a.png") + " -map 0 -map 1 -c:v copy -disposition:v:";
  ffmpeg("-i " + (dir / "a.mp4") + cover + "1 attached_pic " + (dir / "cover.mp4"));
  CATCH_CHECK_FALSE(warns(dir / "cover.mp4", "videos"));
  CATCH_CHECK(read(dir / "cover.mp4").size() == 5);
  ffmpeg("-f lavfi -i sine=d=1" + cover + "0 attached_pic " + (dir / "song.m4a"));
  CATCH_CHECK(says(error_of_reading(dir / "song.m4a"), "only a cover picture"));
}

CATCH_TEST_CASE("formats that do not tell where they are cut off are refused", "[video]") {
  Scratch dir;
  for (const std::string end : {"exr", "jls", "qoi", "sun", "rm", "hevc", "dv"}) {
    CATCH_INFO(end);
    const std::string name = dir / ("a." + end);
    ffmpeg(end == "dv" ? source(3, "25", "720x576") + "-pix_fmt yuv420p " + name
                       : source(end == "rm" ? 10 : 1) +
                             (end == "hevc" ? "-x265-params log-level=error " : "") + name);
    const Error error = error_of_reading(name);
    CATCH_CHECK(error.kind() == ErrorKind::Data);
    CATCH_CHECK(says(error, "read are MP4"));
  }
  for (const std::string end : {"apng", "png", "jpg", "bmp", "tiff", "webp", "dpx", "sgi", "pcx",
                                "tga", "jp2", "pam", "ppm", "pgm", "pbm", "xwd", "pfm"}) {
    CATCH_INFO(end);
    const std::string name = dir / ("b." + end);
    ffmpeg(source(end == "apng" ? 10 : 1) + name);
    const std::string bytes = bytes_of(name);
    for (const double share : {0.5, 0.85}) {
      write_bytes(dir / ("c." + end), bytes.substr(0, size_t(share * double(bytes.size()))));
      CATCH_CHECK(error_of_reading(dir / ("c." + end)).kind() == ErrorKind::Data);
    }
  }
}

CATCH_TEST_CASE("frames that Theora repeats count in its rate", "[video]") {
  Scratch dir;
  ffmpeg(source(20) + "-vf \"select='lt(mod(n,5),1)'\" -vsync cfr -r 10 -c:v libtheora " +
         (dir / "a.ogv"));
  const size_t stored = read(dir / "a.ogv").size();
  CATCH_CHECK(stored < 20);
  CATCH_CHECK(rate_of(dir / "a.ogv") == Approx(double(stored) / 2).epsilon(0.05));
  CATCH_CHECK(warns(dir / "a.ogv", "variable frame rate"));
  ReaderOptions options;
  options.fps = 10;
  CATCH_CHECK(read(dir / "a.ogv", options).size() == 20);
}
