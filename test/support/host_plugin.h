// The kernels of the CUDA plugin on the CPU, for tests that link host_plugin.cpp.
#pragma once
#include <cstdint>

namespace svg::test {

// Normalizations that went through them so far, forward.
int64_t group_norms_made();

}  // namespace svg::test
