// The floating-point types that computing, latents and weights are offered in.
#pragma once
#include "libcore/base/enum_names.h"

namespace svg {

enum class Precision { Fp32, Bf16, Fp16 };

constexpr auto names_of(Precision) {
  return std::to_array<EnumName<Precision>>(
      {{Precision::Fp32, "fp32"}, {Precision::Bf16, "bf16"}, {Precision::Fp16, "fp16"}});
}

}  // namespace svg
