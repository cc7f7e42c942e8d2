// Group normalization where the channels of a place lie next to each other (channels last), with or
// without SiLU after it, and its gradient: in the pieces that a block of threads does between two
// barriers. Kernels (group_norm.cu) run them for all threads at once, a test runs them thread by
// thread on the CPU. Plain C++ on raw pointers.
//
// Three steps each way: sums per channel over slabs of places, sums per group over those, then each
// number by itself. All sums are made in a fixed order: the same bits on every run.
#pragma once
#include <cmath>
#include <cstdint>

#include "libcore/cuda/pack.h"
#include "libcore/cuda/plugin.h"

namespace svg::cuda {

constexpr int kNormThreads =
    320;  // a pack of channels each: 2560 channels are ModelScopeT2V's widest layer
constexpr int kGroupThreads = 128;

// How the numbers of a call are shared out: blocks (slab, sample, chunk of channels).
struct NormGrid {
  int64_t slabs, slab_places, chunks;
};

inline NormGrid norm_grid(const GroupNormCall& c) {
  constexpr int64_t kBlocks = 528, kFewestPlaces = 8,
                    kMostSlabs =
                        256;  // four blocks on each of 132 processors; sums stay small beside x
  const auto up = [](int64_t n, int64_t by) { return (n + by - 1) / by; };
  const int64_t chunks = up(c.channels / kPack, kNormThreads);
  int64_t slabs = up(kBlocks, c.samples * chunks);
  if (slabs > kMostSlabs) slabs = kMostSlabs;
  if (slabs > up(c.places, kFewestPlaces)) slabs = up(c.places, kFewestPlaces);
  const int64_t slab_places = up(c.places, slabs);
  return {up(c.places, slab_places), slab_places, chunks};
}

// Where a thread works: every `stride`-th place of its slab, one pack of channels there.
struct NormPlace {
  int64_t sample, slab;
  int64_t first_channel, channel;  // of the block's chunk; of the thread
  int64_t place, end;              // first place, and the end of the slab
  int packs, stride;               // packs of the chunk; places that the block takes at a time
  bool active;
};

SVG_BOTH inline NormPlace norm_place(const GroupNormCall& c, const NormGrid& grid, int64_t slab,
                                     int64_t sample, int64_t chunk, int thread) {
  const int64_t first = chunk * kNormThreads, left = c.channels / kPack - first;
  NormPlace p;
  p.packs = static_cast<int>(left < kNormThreads ? left : kNormThreads);
  p.stride = kNormThreads / p.packs;
  p.active = thread < p.packs * p.stride;
  p.sample = sample;
  p.slab = slab;
  p.first_channel = first * kPack;
  p.channel = p.first_channel + thread % p.packs * kPack;
  p.place = slab * grid.slab_places + thread / p.packs;
  const int64_t end = (slab + 1) * grid.slab_places;
  p.end = end < c.places ? end : c.places;
  return p;
}

SVG_BOTH inline int64_t group_width(const GroupNormCall& c) {
  return c.channels / c.groups;
}
SVG_BOTH inline int64_t index_of(const GroupNormCall& c, const NormPlace& p, int64_t place) {
  return (p.sample * c.places + place) * c.channels + p.channel;
}
// Deviations are taken from a number of the group itself: sums of squares then keep their digits
// however far the mean is from 0.
template <class T, class Float>
SVG_BOTH inline float shift_of(const GroupNormCall& c, int64_t sample, int64_t group, Float f) {
  return f(static_cast<const T*>(c.x)[sample * c.places * c.channels + group * group_width(c)]);
}

// Two sums a channel, over the places of a thread.
struct NormSums {
  float u[kPack] = {}, v[kPack] = {};
};

// Of x - shift and its square.
template <class T, class Float>
SVG_BOTH inline void add_deviations(const GroupNormCall& c, const NormPlace& p, Float f,
                                    NormSums& sums) {
  float shift[kPack];
  SVG_UNROLL
  for (int i = 0; i < kPack; ++i)
    shift[i] = shift_of<T>(c, p.sample, (p.channel + i) / group_width(c), f);
  for (int64_t place = p.place; place < p.end; place += p.stride) {
    const Pack<T> x = load_pack<T>(c.x, index_of(c, p, place));
    SVG_UNROLL
    for (int i = 0; i < kPack; ++i) {
      const float d = f(x.v[i]) - shift[i];
      sums.u[i] += d;
      sums.v[i] += d * d;
    }
  }
}

// z = a x + b, before SiLU.
struct NormLine {
  float a[kPack], b[kPack];
};

template <class T, class Float>
SVG_BOTH inline NormLine norm_line(const GroupNormCall& c, const NormPlace& p, Float f) {
  const Pack<T> weight = load_pack<T>(c.weight, p.channel), bias = load_pack<T>(c.bias, p.channel);
  NormLine line;
  SVG_UNROLL
  for (int i = 0; i < kPack; ++i) {
    const int64_t group = p.sample * c.groups + (p.channel + i) / group_width(c);
    line.a[i] = c.rstd[group] * f(weight.v[i]);
    line.b[i] = f(bias.v[i]) - c.mean[group] * line.a[i];
  }
  return line;
}

SVG_BOTH inline float sigmoid(float z) {
  return 1.0f / (1.0f + expf(-z));
}

// The gradient of z from that of the result.
SVG_BOTH inline float through_silu(bool silu, float dy, float z) {
  if (!silu) return dy;
  const float s = sigmoid(z);
  return dy * s * (1.0f + z * (1.0f - s));
}

// Of dz and dz (x - mean) rstd: the gradients of bias and weight.
template <class T, class Float>
SVG_BOTH inline void add_gradients(const GroupNormCall& c, const NormPlace& p, const void* dy,
                                   Float f, NormSums& sums) {
  const NormLine line = norm_line<T>(c, p, f);
  float mean[kPack], rstd[kPack];
  SVG_UNROLL
  for (int i = 0; i < kPack; ++i) {
    const int64_t group = p.sample * c.groups + (p.channel + i) / group_width(c);
    mean[i] = c.mean[group];
    rstd[i] = c.rstd[group];
  }
  for (int64_t place = p.place; place < p.end; place += p.stride) {
    const Pack<T> x = load_pack<T>(c.x, index_of(c, p, place)),
                  g = load_pack<T>(dy, index_of(c, p, place));
    SVG_UNROLL
    for (int i = 0; i < kPack; ++i) {
      const float value = f(x.v[i]),
                  dz = through_silu(c.silu, f(g.v[i]), line.a[i] * value + line.b[i]);
      sums.u[i] += dz;
      sums.v[i] += dz * ((value - mean[i]) * rstd[i]);
    }
  }
}

// What the threads of a block share; rows of kPack + 1 keep neighbouring threads off each other's
// banks.
struct NormShared {
  float u[kNormThreads][kPack + 1], v[kNormThreads][kPack + 1];
};

SVG_BOTH inline void share_sums(NormShared& shared, const NormPlace& p, int thread,
                                const NormSums& sums) {
  if (!p.active) return;
  SVG_UNROLL
  for (int i = 0; i < kPack; ++i) {
    shared.u[thread][i] = sums.u[i];
    shared.v[thread][i] = sums.v[i];
  }
}

// Of the block's places together, into `sums` [2, N, slabs, C].
SVG_BOTH inline void store_sums(const NormShared& shared, const GroupNormCall& c,
                                const NormGrid& grid, const NormPlace& p, int thread, float* sums) {
  const int64_t half = c.samples * grid.slabs * c.channels;
  float* to = sums + (p.sample * grid.slabs + p.slab) * c.channels + p.first_channel;
  for (int k = thread; k < p.packs * kPack; k += kNormThreads) {
    float u = 0, v = 0;
    for (int row = 0; row < p.stride; ++row) {
      u += shared.u[row * p.packs + k / kPack][k % kPack];
      v += shared.v[row * p.packs + k / kPack][k % kPack];
    }
    to[k] = u;
    to[half + k] = v;
  }
}

struct GroupShared {
  float u[kGroupThreads], v[kGroupThreads];
};

// A thread's part of a group's two sums over slabs and channels, each channel's times its weight
// where `weighted`.
template <class T, class Float>
SVG_BOTH inline void add_channels(const GroupNormCall& c, const NormGrid& grid, int64_t group,
                                  int64_t sample, int thread, bool weighted, const float* sums,
                                  Float f, GroupShared& shared) {
  const int64_t half = c.samples * grid.slabs * c.channels;
  const int width = static_cast<int>(group_width(c)), count = static_cast<int>(grid.slabs) * width;
  float u = 0, v = 0;
  for (int k = thread; k < count; k += kGroupThreads) {
    const int64_t channel = group * width + k % width,
                  at = (sample * grid.slabs + k / width) * c.channels + channel;
    const float weight = weighted ? f(static_cast<const T*>(c.weight)[channel]) : 1.0f;
    u += weight * sums[at];
    v += weight * sums[half + at];
  }
  shared.u[thread] = u;
  shared.v[thread] = v;
}

struct GroupSums {
  float u = 0, v = 0;  // means over the numbers of the group
};

SVG_BOTH inline GroupSums finish_group(const GroupNormCall& c, const GroupShared& shared) {
  GroupSums sums;
  for (int t = 0; t < kGroupThreads; ++t) {
    sums.u += shared.u[t];
    sums.v += shared.v[t];
  }
  const float numbers = static_cast<float>(c.places * group_width(c));
  return {sums.u / numbers, sums.v / numbers};
}

// Mean and 1 / deviation of a group. What is no number stays so.
template <class T, class Float>
SVG_BOTH inline void store_statistics(const GroupNormCall& c, int64_t group, int64_t sample,
                                      const GroupSums& sums, Float f) {
  const float variance = sums.v - sums.u * sums.u;
  const int64_t at = sample * c.groups + group;
  c.mean[at] = shift_of<T>(c, sample, group, f) + sums.u;
  c.rstd[at] = 1.0f / sqrtf((variance < 0 ? 0.0f : variance) + c.eps);
}

template <class T, class Float, class Round>
SVG_BOTH inline void normalize(const GroupNormCall& c, const NormPlace& p, Float f, Round round,
                               void* y) {
  if (!p.active) return;
  const NormLine line = norm_line<T>(c, p, f);
  for (int64_t place = p.place; place < p.end; place += p.stride) {
    const int64_t at = index_of(c, p, place);
    const Pack<T> x = load_pack<T>(c.x, at);
    Pack<T> out;
    SVG_UNROLL
    for (int i = 0; i < kPack; ++i) {
      const float z = line.a[i] * f(x.v[i]) + line.b[i];
      out.v[i] = round(c.silu ? z * sigmoid(z) : z);
    }
    store_pack(y, at, out);
  }
}

// dx = rstd (dz w - mean(dz w) - (x - mean) rstd mean(dz w (x - mean) rstd)), means over the group:
// `means` [2, N, G].
template <class T, class Float, class Round>
SVG_BOTH inline void normalize_backward(const GroupNormCall& c, const NormPlace& p, const void* dy,
                                        const float* means, Float f, Round round, void* dx) {
  if (!p.active) return;
  const NormLine line = norm_line<T>(c, p, f);
  float slope[kPack], offset[kPack];  // dx = a dz + slope x + offset
  SVG_UNROLL
  for (int i = 0; i < kPack; ++i) {
    const int64_t group = p.sample * c.groups + (p.channel + i) / group_width(c);
    const float rstd = c.rstd[group];
    slope[i] = -rstd * rstd * means[c.samples * c.groups + group];
    offset[i] = -rstd * means[group] - slope[i] * c.mean[group];
  }
  for (int64_t place = p.place; place < p.end; place += p.stride) {
    const int64_t at = index_of(c, p, place);
    const Pack<T> x = load_pack<T>(c.x, at), g = load_pack<T>(dy, at);
    Pack<T> out;
    SVG_UNROLL
    for (int i = 0; i < kPack; ++i) {
      const float value = f(x.v[i]),
                  dz = through_silu(c.silu, f(g.v[i]), line.a[i] * value + line.b[i]);
      out.v[i] = round(line.a[i] * dz + slope[i] * value + offset[i]);
    }
    store_pack(dx, at, out);
  }
}

}  // namespace svg::cuda
