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

// The same from top to bottom; narrower pictures stand at the left.
Image below(const std::vector<Image>& images, int gap = 2, uint8_t grey = 255);

// The picture with a bar below it: orange where a model has generated it, else grey.
Image with_origin(const Image& image, bool generated);

// rows[r][c] on a grid whose cells have the size of the largest picture, `gap` pixels of `grey`
// between and around; short rows and empty pictures (0x0) stay grey.
Image contact_sheet(const std::vector<std::vector<Image>>& rows, int gap = 2, uint8_t grey = 255);

}  // namespace svg::video
