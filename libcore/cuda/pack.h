// Neighbouring numbers that a thread reads and writes at once. For kernels and for their tests on
// the CPU.
#pragma once
#include <cstdint>

#ifdef __CUDACC__
#define SVG_BOTH __host__ __device__
#define SVG_UNROLL _Pragma("unroll")
#else
#define SVG_BOTH
#define SVG_UNROLL
#endif

namespace svg::cuda {

constexpr int kPack = 8;  // 16 bytes in half precision

template <class T>
struct alignas(16) Pack {
  T v[kPack];
};

template <class T>
SVG_BOTH inline Pack<T> load_pack(const void* numbers, int64_t at) {
  return *reinterpret_cast<const Pack<T>*>(static_cast<const T*>(numbers) + at);
}

template <class T>
SVG_BOTH inline void store_pack(void* numbers, int64_t at, const Pack<T>& pack) {
  *reinterpret_cast<Pack<T>*>(static_cast<T*>(numbers) + at) = pack;
}

}  // namespace svg::cuda
