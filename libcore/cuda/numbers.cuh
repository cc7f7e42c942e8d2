// The kinds of numbers that kernels read and write; they compute in fp32.
#pragma once
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "libcore/cuda/plugin.h"

namespace svg::cuda {

template <class T>
struct ToFloat;
template <class T>
struct FromFloat;

template <>
struct ToFloat<float> {
  __device__ float operator()(float x) const { return x; }
};
template <>
struct ToFloat<__half> {
  __device__ float operator()(__half x) const { return __half2float(x); }
};
template <>
struct ToFloat<__nv_bfloat16> {
  __device__ float operator()(__nv_bfloat16 x) const { return __bfloat162float(x); }
};
template <>
struct FromFloat<float> {
  __device__ float operator()(float x) const { return x; }
};
template <>
struct FromFloat<__half> {
  __device__ __half operator()(float x) const { return __float2half_rn(x); }
};
template <>
struct FromFloat<__nv_bfloat16> {
  __device__ __nv_bfloat16 operator()(float x) const { return __float2bfloat16_rn(x); }
};

// f(T{}) with the type that `number` names.
template <class F>
void with_type(Number number, const F& f) {
  switch (number) {
    case Number::F32:
      return f(float{});
    case Number::F16:
      return f(__half{});
    case Number::BF16:
      return f(__nv_bfloat16{});
  }
}

}  // namespace svg::cuda
