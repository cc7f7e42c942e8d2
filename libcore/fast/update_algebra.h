// What can be said of low-rank updates, and made of them, on their factors alone: by QR and small
// SVDs, never by a matrix of the size of a weight. All in f64 on the CPU.
#pragma once
#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

#include "formats/lora/lora_delta.h"

namespace svg::fast {

// The update b a. b [out, k], a [k, in]; k may be 0: no update.
struct Update {
  at::Tensor b, a;
};

// weight * alpha/rank * B A of a layer; kernels of convolutions count as inputs.
Update update_of(const formats::LoraLayer& layer, double weight = 1);
Update zero_like(const Update& other);
// Throws Error{Config} naming `layer` where the widths differ.
Update sum_of(const Update& x, const Update& y, const std::string& layer);

// The singular value decomposition of b a: u [out, n], s [n] from the largest on, v [in, n], n <=
// k.
struct Spectrum {
  at::Tensor u, s, v;
};
Spectrum spectrum_of(const Update& update);

// Euclidean (Frobenius) norm.
double norm_of(const Update& update);
// Largest principal angle between the column spaces of x and y in radians, as
// scipy.linalg.subspace_angles(x, y)[0]: of the smaller space from the larger. NaN where one of
// them is zero. Singular values below those that rounding makes (numpy.linalg.matrix_rank) do not
// count.
double largest_angle(const Update& x, const Update& y);

// The best approximation of a given rank (Eckart, Young), with both factors of one size:
// b [out, rank], a [rank, in]; columns beyond the update's own rank are zero.
struct Truncated {
  Update update;
  double energy = 0, lost = 0;  // sums of squared singular values: all, and those left out
};
Truncated truncate(const Update& update, int64_t rank);

}  // namespace svg::fast
