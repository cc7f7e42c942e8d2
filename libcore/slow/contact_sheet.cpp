#include "libcore/slow/contact_sheet.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>

#include "libcore/tensor/draws.h"
#include "libcore/video/compose.h"
#include "libcore/video/video_writer.h"

namespace svg::slow {

void write_contact_sheet(const std::string& png, const at::Tensor& frames) {
  expect_shape(frames, {-1, -1, -1, -1, 3}, "contact sheet");
  const auto x = frames.cpu().contiguous();
  const auto height = static_cast<int>(x.size(2)), width = static_cast<int>(x.size(3));
  const int factor = std::max(1, 96 / std::max(1, height));
  std::vector<std::vector<video::Image>> rows;
  for (int64_t r = 0; r < x.size(0); ++r) {
    rows.emplace_back();
    for (int64_t c = 0; c < x.size(1); ++c) {
      video::Image image(height, width);
      std::memcpy(image.rgb.data(), x[r][c].const_data_ptr(), image.rgb.size());
      rows.back().push_back(video::upscale(image, factor));
    }
  }
  video::write_png(png, video::contact_sheet(rows));
}

}  // namespace svg::slow
