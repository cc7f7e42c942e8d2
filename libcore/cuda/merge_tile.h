// One tile of a merged weight, W + s B A, in the pieces that a block of threads does between two
// barriers: the kernel (merge.cu) runs them for all threads at once, a test runs them thread by
// thread on the CPU. Plain C++ on raw pointers.
#pragma once
#include <cstdint>

#include "libcore/cuda/pack.h"
#include "libcore/cuda/plugin.h"

namespace svg::cuda {

constexpr int kTile = 64;      // rows and columns of a tile
constexpr int kDepth = 32;     // of the rank at a time
constexpr int kThreads = 256;  // kTile columns, each of kThreads / kTile groups of rows
constexpr int kRows = kTile * kTile / kThreads;  // of a thread

// What the threads of a block share.
struct MergeShared {
  float a[kDepth][kTile];
  float b[kDepth][kTile + 4];  // transposed; + 4 keeps rows at 16 bytes and off each other's banks
};

// Where a block works: a layer, an episode, and the first row and column of its tile.
struct MergePlace {
  const MergeLayer* layer;
  int64_t episode, row, column;
};

SVG_BOTH inline int64_t tiles_of(int64_t n) {
  return (n + kTile - 1) / kTile;
}

// Blocks that a layer takes.
SVG_BOTH inline int64_t blocks_of(const MergeLayer& layer, int64_t episodes) {
  return episodes * tiles_of(layer.out) * tiles_of(layer.in);
}

// `first` [layers]: the first block of each layer, rising.
SVG_BOTH inline MergePlace place_of(const MergeLayer* layers, const int64_t* first, int count,
                                    int64_t block) {
  int low = 0, high = count;  // first[low] <= block < first[high]
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    if (first[middle] <= block) low = middle;
    else high = middle;
  }
  const MergeLayer& layer = layers[low];
  const int64_t columns = tiles_of(layer.in), tiles = tiles_of(layer.out) * columns;
  const int64_t k = block - first[low];
  return {&layer, k / tiles, k % tiles / columns * kTile, k % columns * kTile};
}

// The slices of A and B from rank `from` on; zero beyond the edges.
SVG_BOTH inline void load_slices(MergeShared& shared, int thread, const MergePlace& p, int64_t rank,
                                 int64_t from) {
  const float* a = p.layer->a + p.episode * rank * p.layer->in;
  const float* b = p.layer->b + p.episode * p.layer->out * rank;
  for (int i = thread; i < kDepth * kTile; i += kThreads) {
    const int64_t r = from + i / kTile, column = p.column + i % kTile;
    shared.a[i / kTile][i % kTile] =
        r < rank && column < p.layer->in ? a[r * p.layer->in + column] : 0.0f;
  }
  for (int i = thread; i < kDepth * kTile; i += kThreads) {
    const int64_t r = from + i % kDepth, row = p.row + i / kDepth;
    shared.b[i % kDepth][i / kDepth] = r < rank && row < p.layer->out ? b[row * rank + r] : 0.0f;
  }
}

// sum [kRows]: a thread's rows of its column, summed over the rank so far.
SVG_BOTH inline void add_slices(const MergeShared& shared, int thread, float* sum) {
  const int column = thread % kTile, row = thread / kTile * kRows;
#ifdef __CUDACC__
#pragma unroll 8
#endif
  for (int r = 0; r < kDepth; ++r) {
    const float a = shared.a[r][column];
    SVG_UNROLL
    for (int i = 0; i < kRows; ++i) sum[i] += shared.b[r][row + i] * a;
  }
}

// W + s sum, rounded once.
template <class Number, class ToFloat, class FromFloat>
SVG_BOTH inline void store_tile(int thread, const MergePlace& p, const float* sum, float scale,
                                ToFloat to_float, FromFloat from_float) {
  const int64_t column = p.column + thread % kTile, row = p.row + thread / kTile * kRows;
  if (column >= p.layer->in) return;
  const auto* w = static_cast<const Number*>(p.layer->w);
  auto* merged = static_cast<Number*>(p.layer->merged) + p.episode * p.layer->out * p.layer->in;
  for (int i = 0; i < kRows; ++i) {
    if (row + i >= p.layer->out) return;
    const int64_t at = (row + i) * p.layer->in + column;
    merged[at] = from_float(to_float(w[at]) + scale * sum[i]);
  }
}

}  // namespace svg::cuda
