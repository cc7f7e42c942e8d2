// How a chunk is sampled. Torch-free.
#pragma once
#include <cstdint>

#include "libcore/base/enum_names.h"

namespace svg {

// Each is the scheduler of diffusers of that kind (sampler.h).
enum class SamplerKind { Ddim, DpmSolver, Euler, UniPc };
constexpr auto names_of(SamplerKind) {
  return std::to_array<EnumName<SamplerKind>>({{SamplerKind::Ddim, "ddim"},
                                               {SamplerKind::DpmSolver, "dpm++"},
                                               {SamplerKind::Euler, "euler"},
                                               {SamplerKind::UniPc, "unipc"}});
}

struct SamplingOptions {
  SamplerKind sampler = SamplerKind::Ddim;
  int64_t steps = 50;
  double guidance_scale = 1;  // classifier-free guidance; 1: none. Both halves run in one batch.
  double eta = 0;
};

}  // namespace svg
