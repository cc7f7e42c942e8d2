#include "libcore/video/orientation.h"

#include <algorithm>
#include <cstring>

#include "libcore/video/picture_file.h"

namespace svg::video {
namespace {

using Bytes = std::span<const uint8_t>;

// The Orientation tag (0x0112) of a TIFF structure's first directory.
int orientation_of_tiff(Bytes tiff) {
  if (tiff.size() < 8) return 1;
  const bool little = tiff[0] == 'I';
  if (tiff[0] != tiff[1] || (!little && tiff[0] != 'M')) return 1;
  const auto number = [&](size_t at, size_t size) {
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i)
      value |= uint32_t{tiff[at + i]} << 8 * (little ? i : size - 1 - i);
    return value;
  };
  if (number(2, 2) != 42) return 1;
  const size_t directory = number(4, 4);
  if (directory > tiff.size() - 2) return 1;
  const size_t entries = number(directory, 2);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.size()) return 1;
    const uint32_t type = number(entry + 2, 2);
    if (number(entry, 2) != 0x0112 || (type != 3 && type != 4)) continue;
    const uint32_t value = number(entry + 8, type == 3 ? 2 : 4);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace

Image turned(const Image& image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const bool swap = orientation >= 5;
  Image result(swap ? image.width : image.height, swap ? image.height : image.width);
  for (int y = 0; y < result.height; ++y)
    for (int x = 0; x < result.width; ++x) {
      // Where the pixel (y, x) of the upright picture is stored.
      const int a = swap ? x : y, b = swap ? y : x;
      const bool last_row =
          orientation == 3 || orientation == 4 || orientation == 7 || orientation == 6;
      const bool last_column =
          orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
      const int from_y = last_row ? image.height - 1 - a : a,
                from_x = last_column ? image.width - 1 - b : b;
      std::memcpy(result.row(y) + 3 * x, image.row(from_y) + 3 * from_x, 3);
    }
  return result;
}

std::optional<int> orientation_of_matrix(const int32_t matrix[9]) {
  // A stored pixel (x, y) is shown at (a x + c y, b x + d y).
  const auto sign = [](int32_t v) { return v > 0 ? 1 : v < 0 ? -1 : 0; };
  const int a = sign(matrix[0]), b = sign(matrix[1]), c = sign(matrix[3]), d = sign(matrix[4]);
  // a, b, c, d of the orientations 1 to 8.
  constexpr int kTurns[8][4] = {{1, 0, 0, 1}, {-1, 0, 0, 1}, {-1, 0, 0, -1}, {1, 0, 0, -1},
                                {0, 1, 1, 0}, {0, 1, -1, 0}, {0, -1, -1, 0}, {0, -1, 1, 0}};
  for (int i = 0; i < 8; ++i)
    if (a == kTurns[i][0] && b == kTurns[i][1] && c == kTurns[i][2] && d == kTurns[i][3])
      return i + 1;
  return std::nullopt;
}

int orientation_of_picture(std::span<const uint8_t> file) {
  switch (picture_type(file)) {
    case PictureType::Tiff:
      return orientation_of_tiff(file);
    case PictureType::Jpeg:
    case PictureType::Png:
    case PictureType::WebP:
      return orientation_of_tiff(bare_picture(file).exif);
    case PictureType::Other:
      return 1;
  }
  return 1;
}

}  // namespace svg::video
