// Arrays that NumPy saved (numpy.save, format versions 1 to 3): numbers in C order, little-endian.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace svg::eval {

struct NpyHeader {
  std::vector<int64_t> shape;
  int64_t item_bytes = 0;  // 4: f32, 8: f64
  int64_t offset = 0;      // of the first number in the file
};

// Throws Error{NoInput} where it is not there, Error{Data} where it is something else, or holds
// other numbers than f32 or f64.
NpyHeader read_npy_header(const std::string& path);

// A table of features, [n, D] as f64. Throws as above, and Error{Data} for another number of
// dimensions, a file that is cut off or goes on, and numbers that are not finite.
at::Tensor read_npy_table(const std::string& path);

}  // namespace svg::eval
