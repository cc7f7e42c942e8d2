// Which files a folder or a numbered pattern stands for, in which order, and which are missing.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace svg::video {

struct PictureNames {
  std::vector<std::string> paths;  // in order
  std::string gaps;                // in words what is missing between them; empty: nothing
  size_t others = 0;               // files of a folder that are no pictures, hidden ones aside
};

// dir/%05d.png (or %d, %5d), as FFmpeg reads it: the numbers that are there, rising, from the
// lowest on. nullopt where the name has no such number, or a file is called just so. Throws
// Error{NoInput} where the folder cannot be read or no file fits.
std::optional<PictureNames> pictures_of_pattern(const std::string& pattern);

// The pictures in a folder, by their endings, in natural order. Throws Error{NoInput} where it
// cannot be read or holds none.
PictureNames pictures_of_folder(const std::string& folder);

// Whether a file is called as pictures are, by its ending.
bool is_picture_name(const std::string& name);

// Natural order: runs of digits count as numbers, so that 2 comes before 10.
bool natural_less(const std::string& a, const std::string& b);

}  // namespace svg::video
