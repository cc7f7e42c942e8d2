// How a picture is to be turned to stand upright, by the numbers of EXIF's Orientation tag (CIPA
// DC-008, 4.6.4): 1 as stored, 2 mirrored, 3 half a turn, 4 upside down, 5 transposed, 6 a quarter
// turn clockwise, 7 transposed the other way, 8 a quarter turn counterclockwise.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "libcore/video/image.h"

namespace svg::video {

Image turned(const Image& image, int orientation);

// Of a display matrix as MP4 and FFmpeg have it (nine numbers, row-major, 16.16 fixed point);
// nullopt where it asks for anything but quarter turns and mirroring. Shifts and scales are left
// out of account.
std::optional<int> orientation_of_matrix(const int32_t matrix[9]);

// What the file's EXIF block says: JPEG (APP1), PNG (eXIf), WebP (EXIF), TIFF (its first
// directory). 1 where there is none, or none that can be understood: it never fails.
int orientation_of_picture(std::span<const uint8_t> file);

}  // namespace svg::video
