// Saving, validating and sampling with the averaged weights of a training run.
#pragma once
#include <functional>

#include "libcore/optim/flat_parameters.h"

namespace svg::slow {

// Exchanges masters and average [P], calls `f`, and exchanges them again, also where `f` throws. An
// undefined `average` (none is kept): `f` alone. The exchange goes piece by piece and takes next to
// no memory.
void with_averaged_weights(optim::FlatParameters&, const at::Tensor& average,
                           const std::function<void()>& f);

}  // namespace svg::slow
