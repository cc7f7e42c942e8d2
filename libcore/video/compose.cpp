#include "libcore/video/compose.h"

#include <algorithm>
#include <cstring>

namespace svg::video {
namespace {

void paste(const Image& from, Image& to, int y, int x) {
  for (int r = 0; r < from.height; ++r)
    std::memcpy(to.row(y + r) + 3 * x, from.row(r), static_cast<size_t>(from.width) * 3);
}

}  // namespace

Image upscale(const Image& image, int factor) {
  Image result(image.height * factor, image.width * factor);
  for (int y = 0; y < result.height; ++y)
    for (int x = 0; x < result.width; ++x)
      std::memcpy(result.row(y) + 3 * x, image.row(y / factor) + 3 * (x / factor), 3);
  return result;
}

Image beside(const std::vector<Image>& images, int gap, uint8_t grey) {
  int height = 0, width = images.empty() ? 0 : gap * static_cast<int>(images.size() - 1);
  for (const Image& image : images) height = std::max(height, image.height), width += image.width;
  Image result(height, width, grey);
  int x = 0;
  for (const Image& image : images) {
    paste(image, result, 0, x);
    x += image.width + gap;
  }
  return result;
}

Image below(const std::vector<Image>& images, int gap, uint8_t grey) {
  int height = images.empty() ? 0 : gap * static_cast<int>(images.size() - 1), width = 0;
  for (const Image& image : images) height += image.height, width = std::max(width, image.width);
  Image result(height, width, grey);
  int y = 0;
  for (const Image& image : images) {
    paste(image, result, y, 0);
    y += image.height + gap;
  }
  return result;
}

Image with_origin(const Image& image, bool generated) {
  constexpr uint8_t kGiven[3] = {150, 150, 150}, kGenerated[3] = {235, 120, 20};
  Image bar(std::max(2, image.height / 24), image.width);
  for (size_t i = 0; i < bar.rgb.size(); ++i) bar.rgb[i] = (generated ? kGenerated : kGiven)[i % 3];
  return below({image, bar}, 0);
}

Image contact_sheet(const std::vector<std::vector<Image>>& rows, int gap, uint8_t grey) {
  int height = 0, width = 0;
  size_t columns = 0;
  for (const auto& row : rows) {
    columns = std::max(columns, row.size());
    for (const Image& image : row)
      height = std::max(height, image.height), width = std::max(width, image.width);
  }
  Image sheet(gap + static_cast<int>(rows.size()) * (height + gap),
              gap + static_cast<int>(columns) * (width + gap), grey);
  for (size_t r = 0; r < rows.size(); ++r)
    for (size_t c = 0; c < rows[r].size(); ++c)
      paste(rows[r][c], sheet, gap + static_cast<int>(r) * (height + gap),
            gap + static_cast<int>(c) * (width + gap));
  return sheet;
}

}  // namespace svg::video
