// Attention over short sequences in one call, for a CPU: every head of every sequence.
#pragma once
#include <ATen/core/Tensor.h>

namespace svg::nn {

// Whether short_attention() takes these and is faster than PyTorch's kernel: on a CPU (or tensors
// without numbers, which count memory) in fp32 or bf16, sequences of q that look at `keys` tokens
// with heads of `width` numbers.
bool is_short_attention(const at::Tensor& q, int64_t keys, int64_t width);

// softmax(q k^T / sqrt(K)) v for A = `heads` heads of width K in S = `sequences`: q [S*T, A*K], k
// and v [S*L, A*K] -> [S*T, A*K]. Computed in fp32; backward keeps q, k and v alone.
at::Tensor short_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           int64_t sequences, int64_t heads);

}  // namespace svg::nn
