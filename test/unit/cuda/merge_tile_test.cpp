#include "libcore/cuda/merge_tile.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "test/support/catch.h"

namespace {

using namespace svg::cuda;

std::vector<float> drawn(std::mt19937& random, int64_t n) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<size_t>(n));
  for (auto& v : values) v = uniform(random);
  return values;
}

struct Layer {
  int64_t out, in;
  std::vector<float> w, a, b, merged;
};

// A block as the GPU runs it: all threads up to a barrier, then on.
void run_block(const MergeLayer* layers, const std::vector<int64_t>& first, int64_t block,
               int64_t rank, float scale) {
  const auto place = place_of(layers, first.data(), static_cast<int>(first.size()), block);
  MergeShared shared;
  std::vector<float> sums(kThreads * kRows, 0.0f);
  for (int64_t from = 0; from < rank; from += kDepth) {
    for (int t = 0; t < kThreads; ++t) load_slices(shared, t, place, rank, from);
    for (int t = 0; t < kThreads; ++t) add_slices(shared, t, &sums[static_cast<size_t>(t * kRows)]);
  }
  const auto same = [](float x) { return x; };
  for (int t = 0; t < kThreads; ++t)
    store_tile<float>(t, place, &sums[static_cast<size_t>(t * kRows)], scale, same, same);
}

void check_merge(int64_t episodes, int64_t rank) {
  std::mt19937 random(7);
  const float unwritten = 12345;
  std::vector<Layer> layers;
  for (const auto& [out, in] : {std::pair<int64_t, int64_t>(64, 64), {1, 7}, {70, 129}, {65, 1}}) {
    layers.push_back({out, in, drawn(random, out * in), drawn(random, episodes * rank * in),
                      drawn(random, episodes * out * rank),
                      std::vector<float>(static_cast<size_t>(episodes * out * in), unwritten)});
  }
  std::vector<MergeLayer> table;
  std::vector<int64_t> first;
  int64_t blocks = 0;
  for (auto& l : layers) {
    table.push_back({l.w.data(), l.a.data(), l.b.data(), l.merged.data(), l.out, l.in});
    first.push_back(blocks);
    blocks += blocks_of(table.back(), episodes);
  }
  const float scale = 0.5f;
  for (int64_t block = 0; block < blocks; ++block)
    run_block(table.data(), first, block, rank, scale);

  for (const auto& l : layers) {
    double worst = 0;  // an element that was not written counts as far off
    for (int64_t e = 0; e < episodes; ++e) {
      for (int64_t i = 0; i < l.out; ++i) {
        for (int64_t j = 0; j < l.in; ++j) {
          double sum = 0;
          for (int64_t r = 0; r < rank; ++r) {
            sum += static_cast<double>(l.b[static_cast<size_t>((e * l.out + i) * rank + r)]) *
                   l.a[static_cast<size_t>((e * rank + r) * l.in + j)];
          }
          const double expected = l.w[static_cast<size_t>(i * l.in + j)] + scale * sum;
          worst = std::max(
              worst,
              std::abs(l.merged[static_cast<size_t>((e * l.out + i) * l.in + j)] - expected));
        }
      }
    }
    CATCH_CAPTURE(l.out, l.in);
    CATCH_CHECK(worst < 1e-5);
  }
}

}  // namespace

CATCH_TEST_CASE(
    "the tiles of the merge kernel give W + s B A for layers of any shape, rank and number of "
    "episodes",
    "[cuda]") {
  check_merge(1, 4);
  check_merge(3, 33);
}
