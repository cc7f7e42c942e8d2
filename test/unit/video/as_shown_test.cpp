// Frames as a player shows them: upright, with square pixels, whole frames, SDR.
#include <cmath>

#include "libcore/video/orientation.h"
#include "libcore/video/picture_file.h"
#include "test/unit/video/video_files.h"

using namespace svg;
using namespace svg::video;

namespace {

std::span<const uint8_t> span_of(const std::string& bytes) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}

// A TIFF structure of one tag: Orientation.
std::string exif(int orientation, bool little = true) {
  const char value = static_cast<char>(orientation);
  return little ? std::string("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18) + value +
                      std::string(7, '\0')
                : std::string("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 19) + value +
                      std::string(6, '\0');
}

std::string big_endian(size_t n, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(n >> 8 * i);
  return text;
}
std::string little_endian(size_t n) {
  std::string text = big_endian(n, 4);
  return {text.rbegin(), text.rend()};
}

std::string jpeg_with(const std::string& jpeg, const std::string& tiff) {
  const std::string block = std::string("Exif\0\0", 6) + tiff;
  return jpeg.substr(0, 2) + "\xFF\xE1" + big_endian(block.size() + 2, 2) + block + jpeg.substr(2);
}
std::string png_with(const std::string& png, const std::string& tiff) {
  return png.substr(0, 33) + big_endian(tiff.size(), 4) + "eXIf" + tiff + std::string(4, '\0') +
         png.substr(33);
}
// From a simple lossless WebP: RIFF, size, WEBP, VP8L.
std::string webp_with(const std::string& webp, int width, int height, const std::string& tiff) {
  const auto three = [](int n) { return little_endian(static_cast<size_t>(n - 1)).substr(0, 3); };
  const std::string body = std::string("WEBPVP8X\x0A\0\0\0\x08\0\0\0", 16) + three(width) +
                           three(height) + webp.substr(12) + "EXIF" + little_endian(tiff.size()) +
                           tiff;
  return "RIFF" + little_endian(body.size()) + body;
}

// A picture in which no two turns agree.
Image corner() {
  Image image(24, 32, 40);
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 16; ++x) image.row(y)[3 * x] = 250;
  for (int y = 16; y < 24; ++y)
    for (int x = 0; x < 8; ++x) image.row(y)[3 * x + 1] = 250;
  return image;
}

// How each orientation is stored, by ffmpeg's own filters.
const char* const kStored[9] = {"",           "null",        "hflip",       "hflip,vflip",
                                "vflip",      "transpose=0", "transpose=2", "transpose=3",
                                "transpose=1"};

void write_corner(const std::string& path) {
  const Image image = corner();
  std::string ppm = "P6 32 24 255\n";
  ppm.append(reinterpret_cast<const char*>(image.rgb.data()), image.rgb.size());
  write_bytes(path, ppm);
}

}  // namespace

CATCH_TEST_CASE("pictures stand upright in all eight orientations", "[video]") {
  Scratch dir;
  write_corner(dir / "corner.ppm");
  const Image upright = corner();
  for (int n = 1; n <= 8; ++n) {
    CATCH_INFO("orientation " << n);
    const std::string stored = std::string("-i ") + (dir / "corner.ppm") + " -vf " + kStored[n];
    ffmpeg(stored + " " + (dir / "s.png"));
    ffmpeg(stored + " -q:v 1 -pix_fmt yuvj444p " + (dir / "s.jpg"));
    ffmpeg(stored + " -pix_fmt bgra -lossless 1 " + (dir / "s.webp"));
    const Image as_stored = read(dir / "s.png").at(0);
    write_bytes(dir / "a.png", png_with(bytes_of(dir / "s.png"), exif(n, n % 2)));
    write_bytes(dir / "a.jpg", jpeg_with(bytes_of(dir / "s.jpg"), exif(n, n % 2)));
    write_bytes(dir / "a.webp", webp_with(bytes_of(dir / "s.webp"), as_stored.width,
                                          as_stored.height, exif(n, n % 2)));
    CATCH_CHECK(read(dir / "a.png").at(0) == upright);
    CATCH_CHECK(difference(read(dir / "a.jpg").at(0), upright) < 6);
    CATCH_CHECK(read(dir / "a.webp").at(0) == upright);
    ReaderOptions options;
    options.autorotate = false;
    CATCH_CHECK(read(dir / "a.png", options).at(0) == as_stored);
    options = {};
    options.as_stored = true;
    CATCH_CHECK(read(dir / "a.webp", options).at(0) == as_stored);
  }
}

CATCH_TEST_CASE("damaged descriptions of a picture turn nothing and fail nothing", "[video]") {
  for (const std::string& tiff :
       {std::string(), std::string("II*\0", 4), std::string("II*\0\xFF\xFF\xFF\xFF", 8), exif(9),
        exif(0), exif(6).substr(0, 15), std::string(50, '\xFF')}) {
    const std::string jpeg = jpeg_with("\xFF\xD8\xFF\xD9", tiff);
    CATCH_CHECK(orientation_of_picture(span_of(jpeg)) == 1);
  }
  // Cut off anywhere, nothing is read beyond the end.
  const std::string whole = jpeg_with("\xFF\xD8\xFF\xD9", exif(6));
  for (size_t n = 0; n <= whole.size(); ++n) {
    const std::vector<uint8_t> part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(n));
    const int found = orientation_of_picture(part);
    CATCH_CHECK((found == 1 || found == 6));
  }
}

CATCH_TEST_CASE("videos stand upright", "[video]") {
  Scratch dir;
  write_corner(dir / "corner.ppm");
  ffmpeg("-i " + (dir / "corner.ppm") + " -c:v libx264rgb -qp 0 " + (dir / "plain.mp4"));
  const Image plain = read(dir / "plain.mp4").at(0);
  for (const std::string degrees : {"90", "180", "270"}) {
    CATCH_INFO(degrees);
    ffmpeg("-i " + (dir / "plain.mp4") + " -c copy -metadata:s:v rotate=" + degrees + " " +
           (dir / "turned.mp4"));
    ffmpeg("-i " + (dir / "turned.mp4") + " " + (dir / "want.png"));  // ffmpeg turns as well
    const Image turned = read(dir / "turned.mp4").at(0);
    CATCH_CHECK(turned == read(dir / "want.png").at(0));
    CATCH_CHECK_FALSE(turned == plain);
    ReaderOptions options;
    options.autorotate = false;
    CATCH_CHECK(read(dir / "turned.mp4", options).at(0) == plain);
  }
}

CATCH_TEST_CASE("pixels become square", "[video]") {
  Scratch dir;
  ffmpeg(source(2) + "-vf setsar=2/1 " + (dir / "wide.mkv"));
  ffmpeg(source(2) + "-vf setsar=1/2 " + (dir / "high.mp4"));
  const Image wide = read(dir / "wide.mkv").at(0);
  CATCH_CHECK(wide.width == 128);
  CATCH_CHECK(wide.height == 48);
  CATCH_CHECK(read(dir / "high.mp4").at(0).width == 32);
  ReaderOptions options;
  options.as_stored = true;
  CATCH_CHECK(read(dir / "wide.mkv", options).at(0).width == 64);
  // The centre that is cut out has the wanted shape as it is shown.
  options = {};
  options.width = options.height = 48;
  const Image square = read(dir / "wide.mkv", options).at(0);
  Image middle(48, 48);
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 3 * 48; ++x) middle.row(y)[x] = wide.row(y)[3 * 40 + x];
  CATCH_CHECK(difference(square, middle) < 4);
}

CATCH_TEST_CASE("fields become frames", "[video]") {
  Scratch dir;
  // Two pictures a frame: a bar that moves 8 pixels from field to field.
  const std::string bar =
      "-f lavfi -i color=black:size=64x48:rate=20 -frames:v 20 -vf "
      "\"geq=lum='if(between(X,8*mod(N,6),8*mod(N,6)+8),235,16)':cb=128:cr=128,";
  ffmpeg(bar + "interlace=lowpass=off\" -c:v libx264 -qp 1 -flags +ilme+ildct -field_order tt " +
         (dir / "fields.mp4"));
  const auto comb = [](const Image& image) {  // rows that differ from both neighbours
    double sum = 0;
    for (int y = 1; y + 1 < image.height; ++y)
      for (int x = 0; x < image.width; ++x)
        sum +=
            std::abs(2 * image.row(y)[3 * x] - image.row(y - 1)[3 * x] - image.row(y + 1)[3 * x]);
    return sum / image.height / image.width;
  };
  ReaderOptions stored;
  stored.as_stored = true;
  const auto shown = read(dir / "fields.mp4"), raw = read(dir / "fields.mp4", stored);
  CATCH_REQUIRE(shown.size() == raw.size());
  CATCH_CHECK(raw.size() == 20);
  CATCH_CHECK(comb(raw[5]) > 20);
  CATCH_CHECK(comb(shown[5]) < comb(raw[5]) / 3);
}

CATCH_TEST_CASE("HDR becomes SDR", "[video]") {
  Scratch dir;
  // Diffuse white, 203 cd/m2, is 58 % of PQ and 75 % of HLG.
  for (const auto& [transfer, white] : std::initializer_list<std::pair<const char*, int>>{
           {"smpte2084", 572}, {"arib-std-b67", 721}}) {
    CATCH_INFO(transfer);
    ffmpeg(
        "-f lavfi -i color=black:size=64x48:rate=10 -frames:v 3 -vf \"format=yuv420p10le,"
        "geq=lum=" +
        std::to_string(white) +
        ":cb=512:cr=512\" -c:v ffv1 -color_primaries bt2020 "
        "-colorspace bt2020nc -color_trc " +
        transfer + " " + (dir / "hdr.mkv"));
    ReaderOptions stored;
    stored.as_stored = true;
    const auto shown = read(dir / "hdr.mkv"), raw = read(dir / "hdr.mkv", stored);
    CATCH_REQUIRE(shown.size() == 3);
    CATCH_CHECK(shown[0].rgb[0] != raw[0].rgb[0]);
    CATCH_CHECK(std::abs(shown[0].rgb[0] - shown[0].rgb[1]) <= 2);  // grey stays grey
    CATCH_CHECK(shown[0].rgb[0] > 120);
  }
}

CATCH_TEST_CASE("wide gamuts become BT.709", "[video]") {
  Scratch dir;
  // A mild red, which is a stronger one in the smaller gamut; grey stays grey.
  for (const std::string primaries : {"bt2020", "smpte431", "smpte432", "bt709"}) {
    CATCH_INFO(primaries);
    const std::string tags =
        " -frames:v 2 -pix_fmt yuv420p10le -c:v ffv1 -color_trc bt709 "
        "-colorspace " +
        std::string(primaries == "bt2020" ? "bt2020nc" : "bt709") + " -color_primaries " +
        primaries + " ";
    ffmpeg("-f lavfi -i color=0xA06060:size=64x48:rate=10" + tags + (dir / "red.mkv"));
    ffmpeg("-f lavfi -i color=0x808080:size=64x48:rate=10" + tags + (dir / "grey.mkv"));
    ReaderOptions stored;
    stored.as_stored = true;
    const auto contrast = [](const Image& image) { return image.rgb[0] - image.rgb[1]; };
    const auto shown = read(dir / "red.mkv"), raw = read(dir / "red.mkv", stored);
    CATCH_REQUIRE(shown.size() == 2);
    CATCH_CHECK((contrast(shown[1]) > contrast(raw[1]) + 5) == (primaries != "bt709"));
    const Image grey = read(dir / "grey.mkv").at(0);
    CATCH_CHECK(std::abs(grey.rgb[0] - 128) <= 3);
    CATCH_CHECK(std::abs(grey.rgb[0] - grey.rgb[2]) <= 2);
  }
}

CATCH_TEST_CASE("display matrices", "[video]") {
  constexpr int32_t k = 1 << 16;
  const int32_t identity[9] = {k, 0, 0, 0, k, 0, 0, 0, 1 << 30};
  const int32_t clockwise[9] = {0, k, 0, -k, 0, 0, 99 << 16, 0, 1 << 30};
  const int32_t slanted[9] = {46341, 46341, 0, -46341, 46341, 0, 0, 0, 1 << 30};
  CATCH_CHECK(orientation_of_matrix(identity) == 1);
  CATCH_CHECK(orientation_of_matrix(clockwise) == 6);
  CATCH_CHECK_FALSE(orientation_of_matrix(slanted));
}
