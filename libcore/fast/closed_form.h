// Writes of fast learning that are no steps of Adam (--fast-rule).
#pragma once
#include "libcore/fast/fast_settings.h"
#include "libcore/fast/temp_lora.h"

namespace svg::fast {

// One write, from what the last forward and backward pass beside the layers has left:
//   normalised  A and B along their gradients
//   orthogonal  A and B along U V^T of their gradients U S V^T: what one direction of a layer's
//          inputs or outputs has in common with all windows does not drown what tells them apart
//   ridge  B -= lr * G (C + damping * mean(diag C) I)^-1, G the gradient of B [out, R] and C the
//   sum
//          of (A x)(A x)^T over everything that was learned so far [R, R]: what is new in this
//          window is written, what earlier windows use stays (recursive least squares)
//   local  B += lr * sum of y (A x)^T, the outer product of the local patterns (SlowFast-VGen,
//          section 3.2, local learning rule)
// The change of each of these tensors of each episode is scaled to a root mean square of `lr`.
void closed_form_write(const FastSettings&, double lr, TempLora& memory);

}  // namespace svg::fast
