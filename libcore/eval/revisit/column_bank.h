// Does a walk stay a maze? A column of a first-person picture of walls under a ceiling shows one
// wall at one distance, whatever stands beside it: so a picture of this world, of any of its rooms,
// has columns that its true pictures have, and a smeared one has others.
#pragma once
#include <ATen/core/Tensor.h>

#include "libcore/world/config.h"

namespace svg::eval {

// Different columns of the frames of training walks, [N, H * 3] f32.
at::Tensor column_bank(const world::WorldConfig&);

// Which columns of `frames` (u8 [G, H, W, 3]) are nearer than kKnownColumnMse to one of the bank:
// bool [G, W].
at::Tensor known_columns(const at::Tensor& bank, const at::Tensor& frames);
inline constexpr double kKnownColumnMse = 650;  // of 65025: 20 dB

// Share of what is true in a bool tensor.
double share(const at::Tensor& known);

}  // namespace svg::eval
