#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>

#include "libcore/base/error.h"
#include "libcore/video/caption.h"
#include "libcore/video/compose.h"
#include "libcore/video/picker.h"
#include "libcore/video/video_reader.h"
#include "libcore/video/video_writer.h"
#include "test/support/catch.h"

using namespace svg;
using namespace svg::video;
namespace fs = std::filesystem;

namespace {

struct Scratch {
  fs::path path = fs::temp_directory_path() / ("svg-video-" + std::to_string(getpid()));
  Scratch() { fs::create_directories(path); }
  ~Scratch() { fs::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
};

// A smooth picture that moves with `t`, and differs in every frame.
Image picture(int height, int width, int t) {
  Image image(height, width);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      uint8_t* p = image.row(y) + 3 * x;
      p[0] = static_cast<uint8_t>(127 + 100 * std::sin(0.2 * (x + 2 * t)));
      p[1] = static_cast<uint8_t>(127 + 100 * std::cos(0.15 * (y - t)));
      p[2] = static_cast<uint8_t>(60 + 7 * (t % 20));
    }
  return image;
}

double psnr(const Image& a, const Image& b) {
  double sum = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) sum += std::pow(double(a.rgb[i]) - double(b.rgb[i]), 2);
  return 10 * std::log10(255.0 * 255.0 * double(a.rgb.size()) / (sum + 1e-9));
}

std::vector<Image> write(const std::string& name, int height, int width, int count,
                         const WriterOptions& options = {}) {
  std::vector<Image> frames;
  VideoWriter writer(name, options);
  for (int t = 0; t < count; ++t) {
    frames.push_back(picture(height, width, t));
    writer.write(frames.back());
  }
  writer.finish();
  return frames;
}

std::vector<Image> read(const std::string& name, const ReaderOptions& options = {}) {
  std::vector<Image> frames;
  VideoReader reader(name, options);
  while (auto frame = reader.next()) frames.push_back(std::move(*frame));
  return frames;
}

ErrorKind kind_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    CATCH_CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return error.kind();
  }
  CATCH_FAIL("nothing was thrown");
  return ErrorKind::Internal;
}

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

CATCH_TEST_CASE("lossless formats give back every frame exactly", "[video]") {
  Scratch dir;
  for (const auto* name : {"a.mkv", "frames/%05d.png"}) {
    const auto written = write(dir / name, 37, 51, 9);
    CATCH_INFO(name);
    CATCH_CHECK(read(dir / name) == written);
  }
  CATCH_CHECK(fs::exists(dir / "frames/00000.png"));
}

CATCH_TEST_CASE("lossy formats keep the count, the size and the picture", "[video]") {
  Scratch dir;
  for (const auto* name : {"a.mp4", "a.y4m", "a.gif"}) {
    CATCH_INFO(name);
    const auto written = write(dir / name, 48, 64, 25);
    const auto back = read(dir / name);
    CATCH_REQUIRE(back.size() == written.size());
    for (size_t i = 0; i < back.size(); ++i) {
      CATCH_REQUIRE(back[i].height == 48);
      CATCH_REQUIRE(back[i].width == 64);
      CATCH_CHECK(psnr(back[i], written[i]) > 30);
      // A frame that is off by one would resemble its neighbour more.
      if (i > 0) CATCH_CHECK(psnr(back[i], written[i]) > psnr(back[i], written[i - 1]) + 3);
    }
  }
  CATCH_CHECK(VideoReader(dir / "a.mp4").fps() == Approx(8));
  CATCH_CHECK(VideoReader(dir / "a.gif").fps() == Approx(8).margin(0.5));
}

CATCH_TEST_CASE("an mp4 of odd size grows by one, repeating the edge", "[video]") {
  Scratch dir;
  const auto written = write(dir / "a.mp4", 33, 47, 3);
  const auto back = read(dir / "a.mp4");
  CATCH_REQUIRE(back.size() == 3);
  CATCH_CHECK(back[0].height == 34);
  CATCH_CHECK(back[0].width == 48);
}

CATCH_TEST_CASE("a gif frame with few colours keeps them", "[video]") {
  Scratch dir;
  VideoWriter writer(dir / "a.gif");
  Image frame = picture(16, 16, 0);
  writer.write(frame);
  writer.finish();
  const auto back = read(dir / "a.gif");
  CATCH_REQUIRE(back.size() == 1);
  CATCH_CHECK(back[0] == frame);
}

CATCH_TEST_CASE("equal frames give equal bytes", "[video]") {
  Scratch dir;
  WriterOptions commented;
  commented.comment = "made by a test";
  for (const std::string end : {".mp4", ".mkv", ".gif", ".y4m"}) {
    write(dir / ("a" + end), 32, 32, 12, commented);
    write(dir / ("b" + end), 32, 32, 12, commented);
    CATCH_INFO(end);
    CATCH_CHECK(bytes_of(dir / ("a" + end)) == bytes_of(dir / ("b" + end)));
  }
  CATCH_CHECK(bytes_of(dir / "a.mp4").find("made by a test") != std::string::npos);
}

CATCH_TEST_CASE("without finish no file appears", "[video]") {
  Scratch dir;
  {
    VideoWriter writer(dir / "a.mp4");
    writer.write(picture(32, 32, 0));
  }
  CATCH_CHECK(fs::is_empty(dir.path));
}

CATCH_TEST_CASE("frames are scaled to cover the target and cropped in the centre", "[video]") {
  // Left third red, middle green, right blue: the centred square of a 3:1 picture is green.
  Image wide(20, 60);
  for (int y = 0; y < 20; ++y)
    for (int x = 0; x < 60; ++x) wide.row(y)[3 * x + x / 20] = 255;
  const Image square = fit(wide, 20, 20);
  Image green(20, 20);
  for (size_t i = 1; i < green.rgb.size(); i += 3) green.rgb[i] = 255;
  CATCH_CHECK(square == green);

  // Area averaging: a checkerboard of single pixels shrinks to grey.
  Image board(32, 32);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 32; ++x)
      for (int c = 0; c < 3; ++c) board.row(y)[3 * x + c] = (x + y) % 2 ? 255 : 0;
  const Image grey = fit(board, 16, 16);
  for (uint8_t v : grey.rgb) CATCH_REQUIRE(std::abs(v - 127.5) < 2);

  CATCH_CHECK(fit(board, 32, 32) == board);
  const Image large = fit(picture(16, 24, 0), 48, 32);
  CATCH_CHECK(large.width == 48);
  CATCH_CHECK(large.height == 32);
}

CATCH_TEST_CASE("the reader scales what it reads", "[video]") {
  Scratch dir;
  const auto written = write(dir / "a.mkv", 40, 80, 2);
  const auto back = read(dir / "a.mkv", {.width = 20, .height = 20});
  CATCH_REQUIRE(back.size() == 2);
  CATCH_CHECK(back[1] == fit(written[1], 20, 20));
}

CATCH_TEST_CASE("what cannot be read says so in one line", "[video]") {
  Scratch dir;
  CATCH_CHECK(kind_of([&] { read(dir / "none.mp4"); }) == ErrorKind::NoInput);
  CATCH_CHECK(kind_of([&] { read(dir / "none%05d.png"); }) == ErrorKind::NoInput);
  std::ofstream(dir / "text.mp4") << "this is no video at all";
  CATCH_CHECK(kind_of([&] { read(dir / "text.mp4"); }) == ErrorKind::Data);
  std::ofstream(dir / "empty.mp4");
  CATCH_CHECK(kind_of([&] { read(dir / "empty.mp4"); }) == ErrorKind::Data);

  write(dir / "whole.mp4", 32, 32, 12);
  write(dir / "whole.y4m", 32, 32, 12);
  for (const std::string end : {".mp4", ".y4m"}) {
    const auto bytes = bytes_of(dir / ("whole" + end));
    std::ofstream(dir / ("half" + end), std::ios::binary) << bytes.substr(0, bytes.size() - 700);
    CATCH_INFO(end);
    CATCH_CHECK(kind_of([&] { read(dir / ("half" + end)); }) == ErrorKind::Data);
  }

  // A damaged FFV1 frame: its checksum tells.
  write(dir / "whole.mkv", 64, 64, 4);
  auto bytes = bytes_of(dir / "whole.mkv");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  std::ofstream(dir / "flipped.mkv", std::ios::binary) << bytes;
  CATCH_CHECK(kind_of([&] { read(dir / "flipped.mkv"); }) == ErrorKind::Data);
}

CATCH_TEST_CASE("what cannot be written says so in one line", "[video]") {
  Scratch dir;
  CATCH_CHECK(kind_of([&] { VideoWriter w(dir / "a.xyz"); }) == ErrorKind::Usage);
  CATCH_CHECK(kind_of([&] { VideoWriter w(dir / "none/a.mp4"); }) == ErrorKind::CannotCreate);
  CATCH_CHECK(kind_of([&] { VideoWriter w(dir / "%s.png"); }) == ErrorKind::Usage);
  CATCH_CHECK(kind_of([&] { write(dir / "one.png", 8, 8, 2); }) == ErrorKind::Usage);
  CATCH_CHECK(!fs::exists(dir / "one.png"));
  CATCH_CHECK(kind_of([&] { write(dir / "a.mp4", 8, 8, 0); }) == ErrorKind::Data);
  CATCH_CHECK(kind_of([&] {
                VideoWriter w(dir / "a.mkv");
                w.write(Image(8, 8));
                w.write(Image(8, 9));
              }) == ErrorKind::Data);
  fs::create_symlink("/dev/full", dir / "full.y4m");
  CATCH_CHECK(kind_of([&] { write(dir / "full.y4m", 64, 64, 50); }) == ErrorKind::Io);
}

CATCH_TEST_CASE("contact sheets and rows keep every pixel", "[video]") {
  Scratch dir;
  const Image a = picture(4, 6, 0), b = picture(4, 6, 9);
  const Image row = beside({upscale(a, 2), upscale(b, 2)}, 3);
  CATCH_CHECK(row.height == 8);
  CATCH_CHECK(row.width == 27);
  CATCH_CHECK(row.row(5)[3 * 7] == a.row(2)[3 * 3]);
  CATCH_CHECK(row.row(5)[3 * (15 + 7) + 1] == b.row(2)[3 * 3 + 1]);
  CATCH_CHECK(row.row(0)[3 * 13] == 255);

  const Image sheet = contact_sheet({{a, b}, {b}}, 1, 10);
  CATCH_CHECK(sheet.height == 11);
  CATCH_CHECK(sheet.width == 15);
  CATCH_CHECK(sheet.row(6)[3 * 1] == b.row(0)[0]);
  CATCH_CHECK(sheet.row(6)[3 * 8] == 10);  // the cell that is not there
  write_png(dir / "sheet.png", sheet);
  CATCH_CHECK(read(dir / "sheet.png") == std::vector<Image>{sheet});
}

CATCH_TEST_CASE("Pictures stand below each other, with a bar that tells where they are from",
                "[video]") {
  const Image a = picture(4, 6, 1), b = picture(3, 2, 2);
  const Image both = below({a, b}, 1, 9);
  CATCH_CHECK(both.height == 8);
  CATCH_CHECK(both.width == 6);
  CATCH_CHECK(both.row(3)[3 * 5] == a.row(3)[3 * 5]);
  CATCH_CHECK(both.row(4)[0] == 9);
  CATCH_CHECK(both.row(7)[3 * 1 + 2] == b.row(2)[3 * 1 + 2]);
  CATCH_CHECK(both.row(7)[3 * 4] == 9);

  const Image given = with_origin(a, false), made = with_origin(a, true);
  CATCH_CHECK(given.height == 6);
  CATCH_CHECK(std::equal(a.rgb.begin(), a.rgb.end(), given.rgb.begin()));
  const uint8_t* grey = given.row(5);
  const uint8_t* orange = made.row(5);
  CATCH_CHECK((grey[0] == grey[1] && grey[1] == grey[2]));
  CATCH_CHECK((orange[0] > orange[1] && orange[1] > orange[2]));
}

CATCH_TEST_CASE("A caption has its words where they belong, and fits", "[video]") {
  const auto ink = [](const Image& image) {  // first and last column with something dark, -1: none
    std::pair<int, int> found{-1, -1};
    for (int x = 0; x < image.width; ++x)
      for (int y = 0; y < image.height; ++y)
        if (image.row(y)[3 * x] < 128) {
          if (found.first < 0) found.first = x;
          found.second = x;
        }
    return found;
  };
  const auto centred = ink(caption("with memory", 300, 24));
  CATCH_CHECK(std::abs(centred.first - (299 - centred.second)) <= 2);
  CATCH_CHECK(centred.second - centred.first < caption_width("with memory", 24));
  const auto left = ink(caption("with memory", 300, 24, Align::Left));
  CATCH_CHECK(left.first < 12);
  // Smaller letters where there is no room, and none of them cut off.
  const auto long_one = ink(caption("a caption of very many letters", 120, 24));
  CATCH_CHECK(long_one.first > 0);
  CATCH_CHECK(long_one.second < 119);
  // What drawtext would take for its own language is drawn as it stands.
  CATCH_CHECK(ink(caption("50%{pts}: 'a\\b'", 300, 24)).second >
              ink(caption("50", 300, 24)).second);
  const Image none = caption("", 30, 10);
  CATCH_CHECK(none == Image(10, 30, 255));
}

CATCH_TEST_CASE("picked frames are spread over the whole video", "[video]") {
  for (int length : {1, 3, 8, 9, 100, 1000}) {
    Picker<Image> picker(8);
    for (int t = 0; t < length; ++t)
      picker.add(Image(1, 1, static_cast<uint8_t>(t * 255 / length)));
    const auto picked = picker.picked();
    CATCH_INFO(length);
    CATCH_CHECK(picked.size() == static_cast<size_t>(std::min(8, length)));
    CATCH_CHECK(picked.front().rgb[0] == 0);
    if (length >= 100) CATCH_CHECK(picked.back().rgb[0] > 200);
  }
}
