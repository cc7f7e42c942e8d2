// What a tool hands to a library session: the settings that every executable shares. The library
// itself reads no argv, no environment and no clock, and prints nothing on standard output.
#pragma once
#include <cstdint>
#include <string>

#include "libcore/base/precision.h"
#include "libcore/base/progress.h"

namespace svg {

struct Context {
  std::string tool;            // name in messages and provenance
  std::string device = "cpu";  // resolved: cpu or cuda:N
  Precision dtype = Precision::Fp32;
  int threads = 1;  // resolved: intra-op threads
  uint64_t seed = 0;
  bool deterministic = false;
  ProgressStyle progress = ProgressStyle::Silent;
};

}  // namespace svg
