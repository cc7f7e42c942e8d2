// Pictures made of pictures: enlarged, side by side, contact sheets.
#pragma once
#include <cstdint>
#include <vector>

#include "libcore/video/image.h"

namespace svg::video {

// Every pixel as factor x factor pixels.
Image upscale(const Image& image, int factor);

// Left to right with `gap` pixels of `grey` between them; lower pictures stand at the top.
Image beside(const std::vector<Image>& images, int gap = 2, uint8_t grey = 255);

// rows[r][c] on a grid whose cells have the size of the largest picture, `gap` pixels of `grey`
// between and around; short rows and empty pictures (0x0) stay grey.
Image contact_sheet(const std::vector<std::vector<Image>>& rows, int gap = 2, uint8_t grey = 255);

// A few frames of a video of unknown length, evenly spread, in bounded memory: keeps every
// stride-th, and doubles the stride whenever 2 * wanted are kept.
class FramePicker {
 public:
  explicit FramePicker(int wanted) : wanted_(wanted) {}
  void add(const Image& frame);
  std::vector<Image> picked() const;  // at most `wanted`

 private:
  int wanted_;
  int64_t seen_ = 0, stride_ = 1;
  std::vector<Image> kept_;
};

}  // namespace svg::video
