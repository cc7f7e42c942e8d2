// Attention over short sequences on plain arrays, forward and backward: scores, softmax and sums of
// one head of one sequence stay in the processor's nearest caches. PyTorch's fused kernel makes
// several calls of a matrix library for each head and sequence, which costs more than the products
// where a sequence has 8 to 64 tokens. Torch-free.
#pragma once
#include <cstdint>

#include "libcore/nn/bfloat16.h"

namespace svg::nn {

// One head of one sequence: T = `queries` look at L = `keys`, K = `width` numbers each.
struct HeadShape {
  int64_t queries = 0, keys = 0, width = 0;
  float scale = 1;  // of the scores, before the softmax
};

// Rows of K numbers, `stride` numbers apart.
template <class Number>
struct HeadRows {
  Number* first = nullptr;
  int64_t stride = 0;
};

// Numbers that the functions below need to work in; they start as zeros, and what a call leaves
// there does not matter to another of the same shape.
int64_t short_attention_scratch(const HeadShape&);

// out [T, K] = softmax(scale q k^T) v; computed in fp32.
void short_attention(const HeadShape&, HeadRows<const float> q, HeadRows<const float> k,
                     HeadRows<const float> v, HeadRows<float> out, float* scratch);
void short_attention(const HeadShape&, HeadRows<const BFloat16> q, HeadRows<const BFloat16> k,
                     HeadRows<const BFloat16> v, HeadRows<BFloat16> out, float* scratch);

// From the gradient of out: those of q, k and v. The softmax is computed again.
void short_attention_backward(const HeadShape&, HeadRows<const float> q, HeadRows<const float> k,
                              HeadRows<const float> v, HeadRows<const float> grad_out,
                              HeadRows<float> grad_q, HeadRows<float> grad_k,
                              HeadRows<float> grad_v, float* scratch);
void short_attention_backward(const HeadShape&, HeadRows<const BFloat16> q,
                              HeadRows<const BFloat16> k, HeadRows<const BFloat16> v,
                              HeadRows<const BFloat16> grad_out, HeadRows<BFloat16> grad_q,
                              HeadRows<BFloat16> grad_k, HeadRows<BFloat16> grad_v, float* scratch);

}  // namespace svg::nn
