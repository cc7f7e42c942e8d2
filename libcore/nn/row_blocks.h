// Rows of a matrix in blocks, on all threads, for passes that also sum the rows up.
#pragma once
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

namespace svg::nn {

// How long a block is does not depend on the number of threads: sums of each, added in order, have
// the same bits for any.
struct RowBlocks {
  RowBlocks(int64_t row_count, int64_t width)
      : rows(row_count),
        each(std::max<int64_t>(1, kNumbersOfABlock / std::max<int64_t>(1, width))) {}
  int64_t count() const { return (rows + each - 1) / each; }
  // f(block, its first row, its rows)
  template <class F>
  void for_each(const F& f) const {
    at::parallel_for(0, count(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t block = begin; block < end; ++block)
        f(block, block * each, std::min(each, rows - block * each));
    });
  }

  static constexpr int64_t kNumbersOfABlock = 32768;
  int64_t rows, each;
};

}  // namespace svg::nn
