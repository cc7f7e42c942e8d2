// Sizes that come out of a file: products and sums that cannot overflow unnoticed.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>

#include "libcore/base/error.h"

namespace svg {

// The product of sizes from 0 on, as far as it fits in 63 bits. `where` names the file and the
// fields. Throws Error{Data}.
inline int64_t checked_product(std::initializer_list<int64_t> sizes, const std::string& where) {
  int64_t product = 1;
  for (int64_t n : sizes) {
    const bool fits = n >= 0 && !__builtin_mul_overflow(product, n, &product);
    require(fits, ErrorKind::Data, where, ": the sizes are too large to be true");
  }
  return product;
}

// The sum, likewise.
inline int64_t checked_sum(std::initializer_list<int64_t> sizes, const std::string& where) {
  int64_t sum = 0;
  for (int64_t n : sizes) {
    const bool fits = n >= 0 && !__builtin_add_overflow(sum, n, &sum);
    require(fits, ErrorKind::Data, where, ": the sizes are too large to be true");
  }
  return sum;
}

}  // namespace svg
