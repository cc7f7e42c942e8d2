#include "libcore/nn/short_attention_kernel.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "libcore/nn/vector_math.h"

namespace svg::nn {
namespace {

// Sums of 8 columns side by side. Written as a vector, since compilers keep arrays that loops add
// to in memory.
constexpr int64_t kLanes = 8;
using Vector = float __attribute__((vector_size(kLanes * sizeof(float))));

constexpr int64_t kQueriesAtOnce = 32;

SVG_INLINE int64_t padded(int64_t n) {
  return (n + kLanes - 1) / kLanes * kLanes;
}

// The numbers to multiply, [rows, steps]: at first[row * row_stride + step * step_stride].
struct Factors {
  const float* first;
  int64_t row_stride, step_stride;
};
// [n, columns], columns a multiple of kLanes.
struct Matrix {
  float* first;
  int64_t columns;
};

// c[Rows, Wide * kLanes] (+)= a b, for these rows and columns of all.
template <int Rows, int Wide>
SVG_INLINE void multiply_block(const Factors& a, int64_t row, const Matrix& b, int64_t column,
                               int64_t steps, const Matrix& c, bool add) {
  Vector sums[Rows][Wide];
  float* const to = c.first + row * c.columns + column;
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < Wide; ++j) {
      sums[i][j] = Vector{};
      if (add) std::memcpy(&sums[i][j], to + i * c.columns + j * kLanes, sizeof(Vector));
    }
  }
  const float* x = a.first + row * a.row_stride;
  const float* y = b.first + column;
  for (int64_t step = 0; step < steps; ++step, x += a.step_stride, y += b.columns) {
    Vector values[Wide];
#pragma GCC unroll 8
    for (int j = 0; j < Wide; ++j) std::memcpy(&values[j], y + j * kLanes, sizeof(Vector));
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) {
      const float factor = x[i * a.row_stride];
#pragma GCC unroll 8
      for (int j = 0; j < Wide; ++j) sums[i][j] += factor * values[j];
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < Wide; ++j)
      std::memcpy(to + i * c.columns + j * kLanes, &sums[i][j], sizeof(Vector));
  }
}

template <int Rows>
SVG_INLINE void multiply_rows(const Factors& a, int64_t row, const Matrix& b, int64_t steps,
                              const Matrix& c, bool add) {
  int64_t column = 0;
  for (; column + 2 * kLanes <= c.columns; column += 2 * kLanes)
    multiply_block<Rows, 2>(a, row, b, column, steps, c, add);
  if (column < c.columns) multiply_block<Rows, 1>(a, row, b, column, steps, c, add);
}

// c [rows, columns] (+)= a [rows, steps] b [steps, columns].
SVG_INLINE void multiply(const Factors& a, const Matrix& b, int64_t rows, int64_t steps,
                         const Matrix& c, bool add = false) {
  int64_t row = 0;
  for (; row + 4 <= rows; row += 4) multiply_rows<4>(a, row, b, steps, c, add);
  for (; row < rows; ++row) multiply_rows<1>(a, row, b, steps, c, add);
}

// to[row][i] = factor * rows[row][i].
template <class Number>
SVG_INLINE void load(const HeadRows<const Number>& rows, int64_t count, int64_t width,
                     const Matrix& to, float factor = 1) {
  for (int64_t row = 0; row < count; ++row) {
    const Number* __restrict const from = rows.first + row * rows.stride;
    float* __restrict const x = to.first + row * to.columns;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) x[i] = factor * widened(from[i]);
  }
}

// to[i][row] = rows[row][i].
template <class Number>
SVG_INLINE void load_transposed(const HeadRows<const Number>& rows, int64_t count, int64_t width,
                                const Matrix& to) {
  for (int64_t row = 0; row < count; ++row) {
    const Number* __restrict const from = rows.first + row * rows.stride;
    float* __restrict const x = to.first + row;
    for (int64_t i = 0; i < width; ++i) x[i * to.columns] = widened(from[i]);
  }
}

template <class Number>
SVG_INLINE void store(const Matrix& from, int64_t count, int64_t width,
                      const HeadRows<Number>& rows) {
  for (int64_t row = 0; row < count; ++row) {
    const float* __restrict const x = from.first + row * from.columns;
    Number* __restrict const to = rows.first + row * rows.stride;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) round_to(&to[i], x[i]);
  }
}

// The softmax of each row; its padding becomes 0.
SVG_INLINE void softmax_rows(const Matrix& scores, int64_t rows, int64_t keys) {
  for (int64_t row = 0; row < rows; ++row) {
    float* __restrict const x = scores.first + row * scores.columns;
    for (int64_t l = keys; l < scores.columns; ++l) x[l] = -std::numeric_limits<float>::infinity();
    float largest = x[0];
#pragma omp simd reduction(max : largest)
    for (int64_t l = 0; l < scores.columns; ++l) largest = x[l] > largest ? x[l] : largest;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t l = 0; l < scores.columns; ++l) {
      x[l] = exponential(x[l] - largest);
      sum += x[l];
    }
    const float factor = 1.0f / sum;
#pragma omp simd
    for (int64_t l = 0; l < scores.columns; ++l) x[l] *= factor;
    for (int64_t l = keys; l < scores.columns; ++l) x[l] = 0;
  }
}

// Hands out pieces of the scratch numbers.
class Scratch {
 public:
  explicit Scratch(float* first) : next_(first) {}
  SVG_INLINE Matrix matrix(int64_t rows, int64_t columns) {
    float* const first = next_;
    next_ += rows * padded(columns);
    return {first, padded(columns)};
  }

 private:
  float* next_;
};

SVG_INLINE int64_t queries_at(const HeadShape& s, int64_t first) {
  return std::min(kQueriesAtOnce, s.queries - first);
}

template <class Rows>
SVG_INLINE Rows from_row(const Rows& rows, int64_t row) {
  return {rows.first + row * rows.stride, rows.stride};
}

template <class Number>
SVG_INLINE void attend(const HeadShape& s, const HeadRows<const Number>& q,
                       const HeadRows<const Number>& k, const HeadRows<const Number>& v,
                       const HeadRows<Number>& out, float* scratch) {
  Scratch pieces(scratch);
  const Matrix keys = pieces.matrix(s.width, s.keys), values = pieces.matrix(s.keys, s.width),
               queries = pieces.matrix(kQueriesAtOnce, s.width),
               weights = pieces.matrix(kQueriesAtOnce, s.keys);
  load_transposed(k, s.keys, s.width, keys);
  load(v, s.keys, s.width, values);
  for (int64_t first = 0; first < s.queries; first += kQueriesAtOnce) {
    const int64_t count = queries_at(s, first);
    load(from_row(q, first), count, s.width, queries, s.scale);
    multiply({queries.first, queries.columns, 1}, keys, count, s.width, weights);
    softmax_rows(weights, count, s.keys);
    multiply({weights.first, weights.columns, 1}, values, count, s.keys, queries);
    store(queries, count, s.width, from_row(out, first));
  }
}

// In place, the gradients of a softmax's results become those of its scores.
SVG_INLINE void softmax_backward_rows(const Matrix& weights, int64_t rows, const Matrix& grads) {
  for (int64_t row = 0; row < rows; ++row) {
    const float* __restrict const p = weights.first + row * weights.columns;
    float* __restrict const g = grads.first + row * grads.columns;
    float mean = 0;
#pragma omp simd reduction(+ : mean)
    for (int64_t l = 0; l < grads.columns; ++l) mean += p[l] * g[l];
#pragma omp simd
    for (int64_t l = 0; l < grads.columns; ++l) g[l] = p[l] * (g[l] - mean);
  }
}

template <class Number>
SVG_INLINE void attend_backward(const HeadShape& s, const HeadRows<const Number>& q,
                                const HeadRows<const Number>& k, const HeadRows<const Number>& v,
                                const HeadRows<const Number>& grad_out,
                                const HeadRows<Number>& grad_q, const HeadRows<Number>& grad_k,
                                const HeadRows<Number>& grad_v, float* scratch) {
  Scratch pieces(scratch);
  const Matrix keys_t = pieces.matrix(s.width, s.keys), values_t = pieces.matrix(s.width, s.keys),
               keys = pieces.matrix(s.keys, s.width), of_keys = pieces.matrix(s.keys, s.width),
               of_values = pieces.matrix(s.keys, s.width),
               queries = pieces.matrix(kQueriesAtOnce, s.width),
               grads = pieces.matrix(kQueriesAtOnce, s.width),
               of_queries = pieces.matrix(kQueriesAtOnce, s.width),
               weights = pieces.matrix(kQueriesAtOnce, s.keys),
               of_scores = pieces.matrix(kQueriesAtOnce, s.keys);
  load_transposed(k, s.keys, s.width, keys_t);
  load_transposed(v, s.keys, s.width, values_t);
  load(k, s.keys, s.width, keys, s.scale);
  for (int64_t first = 0; first < s.queries; first += kQueriesAtOnce) {
    const int64_t count = queries_at(s, first);
    const bool add = first > 0;
    load(from_row(q, first), count, s.width, queries, s.scale);
    load(from_row(grad_out, first), count, s.width, grads);
    multiply({queries.first, queries.columns, 1}, keys_t, count, s.width, weights);
    softmax_rows(weights, count, s.keys);
    multiply({grads.first, grads.columns, 1}, values_t, count, s.width, of_scores);
    softmax_backward_rows(weights, count, of_scores);
    multiply({of_scores.first, of_scores.columns, 1}, keys, count, s.keys, of_queries);
    store(of_queries, count, s.width, from_row(grad_q, first));
    multiply({weights.first, 1, weights.columns}, grads, s.keys, count, of_values, add);
    multiply({of_scores.first, 1, of_scores.columns}, queries, s.keys, count, of_keys, add);
  }
  store(of_keys, s.keys, s.width, grad_k);
  store(of_values, s.keys, s.width, grad_v);
}

}  // namespace

int64_t short_attention_scratch(const HeadShape& s) {
  const int64_t keys = padded(s.keys), width = padded(s.width);
  return 2 * s.width * keys + 3 * s.keys * width + kQueriesAtOnce * (3 * width + 2 * keys);
}

SVG_VECTORIZED void short_attention(const HeadShape& s, HeadRows<const float> q,
                                    HeadRows<const float> k, HeadRows<const float> v,
                                    HeadRows<float> out, float* scratch) {
  attend(s, q, k, v, out, scratch);
}
SVG_VECTORIZED void short_attention(const HeadShape& s, HeadRows<const BFloat16> q,
                                    HeadRows<const BFloat16> k, HeadRows<const BFloat16> v,
                                    HeadRows<BFloat16> out, float* scratch) {
  attend(s, q, k, v, out, scratch);
}
SVG_VECTORIZED void short_attention_backward(const HeadShape& s, HeadRows<const float> q,
                                             HeadRows<const float> k, HeadRows<const float> v,
                                             HeadRows<const float> grad_out, HeadRows<float> grad_q,
                                             HeadRows<float> grad_k, HeadRows<float> grad_v,
                                             float* scratch) {
  attend_backward(s, q, k, v, grad_out, grad_q, grad_k, grad_v, scratch);
}
SVG_VECTORIZED void short_attention_backward(const HeadShape& s, HeadRows<const BFloat16> q,
                                             HeadRows<const BFloat16> k, HeadRows<const BFloat16> v,
                                             HeadRows<const BFloat16> grad_out,
                                             HeadRows<BFloat16> grad_q, HeadRows<BFloat16> grad_k,
                                             HeadRows<BFloat16> grad_v, float* scratch) {
  attend_backward(s, q, k, v, grad_out, grad_q, grad_k, grad_v, scratch);
}

}  // namespace svg::nn
