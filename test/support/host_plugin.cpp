// The plugin's kernels on the CPU: the pieces of their blocks (libcore/cuda/*_tile.h), thread by
// thread between barriers. A test that links this is to the rest of the program a process with a
// plugin, for tensors on the CPU.
#include "test/support/host_plugin.h"

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "libcore/cuda/geglu_tile.h"
#include "libcore/cuda/group_norm_tile.h"

namespace {

using namespace svg::cuda;

// f(T{}) with the type that `number` names.
template <class F>
void with_type(Number number, const F& f) {
  if (number == Number::F32) f(float{});
  else if (number == Number::F16) f(c10::Half{});
  else f(c10::BFloat16{});
}

template <class T>
struct Conversions {
  static float wide(T x) { return static_cast<float>(x); }
  static T round(float x) { return static_cast<T>(x); }
};

template <class F>
void for_blocks(const GroupNormCall& c, const NormGrid& grid, const F& f) {
  for (int64_t chunk = 0; chunk < grid.chunks; ++chunk) {
    for (int64_t sample = 0; sample < c.samples; ++sample) {
      for (int64_t slab = 0; slab < grid.slabs; ++slab)
        f([&, chunk, sample, slab](int thread) {
          return norm_place(c, grid, slab, sample, chunk, thread);
        });
    }
  }
}

template <class T>
void sum_channels(const GroupNormCall& c, const NormGrid& grid, const void* dy, float* all) {
  const auto shared = std::make_unique<NormShared>();
  for_blocks(c, grid, [&](const auto& place) {
    for (int t = 0; t < kNormThreads; ++t) {
      NormSums sums;
      const NormPlace p = place(t);
      if (p.active && dy != nullptr) add_gradients<T>(c, p, dy, Conversions<T>::wide, sums);
      if (p.active && dy == nullptr) add_deviations<T>(c, p, Conversions<T>::wide, sums);
      share_sums(*shared, p, t, sums);
    }
    for (int t = 0; t < kNormThreads; ++t) store_sums(*shared, c, grid, place(t), t, all);
  });
}

template <class T, class F>
void sum_groups(const GroupNormCall& c, const NormGrid& grid, bool weighted, const float* all,
                const F& store) {
  for (int64_t sample = 0; sample < c.samples; ++sample) {
    for (int64_t group = 0; group < c.groups; ++group) {
      GroupShared shared;
      for (int t = 0; t < kGroupThreads; ++t)
        add_channels<T>(c, grid, group, sample, t, weighted, all, Conversions<T>::wide, shared);
      store(group, sample, finish_group(c, shared));
    }
  }
}

std::vector<float> sums_for(const GroupNormCall& c, const NormGrid& grid) {
  return std::vector<float>(static_cast<size_t>(2 * c.samples * grid.slabs * c.channels),
                            12345.0f);  // what is not written shows
}

int64_t made = 0;

bool group_norm(int, const GroupNormCall& c, void* y) {
  if (c.channels % kPack != 0) return false;
  ++made;
  const auto grid = norm_grid(c);
  auto sums = sums_for(c, grid);
  with_type(c.number, [&](auto type) {
    using T = decltype(type);
    sum_channels<T>(c, grid, nullptr, sums.data());
    sum_groups<T>(c, grid, false, sums.data(),
                  [&](int64_t group, int64_t sample, const GroupSums& s) {
                    store_statistics<T>(c, group, sample, s, Conversions<T>::wide);
                  });
    for_blocks(c, grid, [&](const auto& place) {
      for (int t = 0; t < kNormThreads; ++t)
        normalize<T>(c, place(t), Conversions<T>::wide, Conversions<T>::round, y);
    });
  });
  return true;
}

void group_norm_backward(int, const GroupNormCall& c, const void* dy, void* dx, float* of_weight,
                         float* of_bias) {
  const auto grid = norm_grid(c);
  auto sums = sums_for(c, grid);
  std::vector<float> means(static_cast<size_t>(2 * c.samples * c.groups));
  with_type(c.number, [&](auto type) {
    using T = decltype(type);
    sum_channels<T>(c, grid, dy, sums.data());
    sum_groups<T>(c, grid, true, sums.data(),
                  [&](int64_t group, int64_t sample, const GroupSums& s) {
                    means[static_cast<size_t>(sample * c.groups + group)] = s.u;
                    means[static_cast<size_t>((c.samples + sample) * c.groups + group)] = s.v;
                  });
    for_blocks(c, grid, [&](const auto& place) {
      for (int t = 0; t < kNormThreads; ++t)
        normalize_backward<T>(c, place(t), dy, means.data(), Conversions<T>::wide,
                              Conversions<T>::round, dx);
    });
  });
  float* const results[] = {of_bias, of_weight};
  const auto rows = static_cast<size_t>(c.samples * grid.slabs),
             channels = static_cast<size_t>(c.channels);
  for (size_t which = 0; which < 2; ++which) {
    if (results[which] == nullptr) continue;
    for (size_t channel = 0; channel < channels; ++channel) {
      double sum = 0;
      for (size_t row = 0; row < rows; ++row)
        sum += static_cast<double>(sums[(which * rows + row) * channels + channel]);
      results[which][channel] = static_cast<float>(sum);
    }
  }
}

bool geglu(int, const void* x, int64_t rows, int64_t width, Number number, void* y) {
  if (width % kPack != 0) return false;
  with_type(number, [&](auto type) {
    using T = decltype(type);
    for (int64_t k = 0; k < rows * width / kPack; ++k)
      gate<T>(x, width, k, Conversions<T>::wide, Conversions<T>::round, y);
  });
  return true;
}

bool geglu_backward(int, const void* x, const void* dy, int64_t rows, int64_t width, Number number,
                    void* dx) {
  if (width % kPack != 0) return false;
  with_type(number, [&](auto type) {
    using T = decltype(type);
    for (int64_t k = 0; k < rows * width / kPack; ++k)
      gate_backward<T>(x, dy, width, k, Conversions<T>::wide, Conversions<T>::round, dx);
  });
  return true;
}

const Plugin kHostPlugin = {
    .device_type = static_cast<int>(at::kCPU),
    .device_count = nullptr,
    .device_name = nullptr,
    .memory = nullptr,
    .peak_bytes = nullptr,
    .peak_reserved_bytes = nullptr,
    .reset_peak = nullptr,
    .synchronize = nullptr,
    .merge_table = nullptr,
    .merge = nullptr,
    .group_norm = group_norm,
    .group_norm_backward = group_norm_backward,
    .geglu = geglu,
    .geglu_backward = geglu_backward,
};

}  // namespace

int64_t svg::test::group_norms_made() {
  return made;
}

extern "C" const Plugin* svg_cuda_plugin_3() {
  return &kHostPlugin;
}
