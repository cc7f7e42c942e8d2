// svg-memory diff and merge: what needs linear algebra. Torch-free.
#pragma once
#include <string>
#include <vector>

#include "libcore/session/door.h"

namespace svg::session {

// Reports the norms of both updates and of b - a, over all and for each layer, most changed first.
struct MemoryDiffOptions {
  static constexpr const char* kSession = "svg_memory_diff_session";
  std::string a, b;  // DIR or DIR@ID; revision 0 is no update at all
};

// Reports rank, energy_lost (a share of all), and that of each layer, most first.
struct MemoryMergeOptions {
  static constexpr const char* kSession = "svg_memory_merge_session";
  std::vector<std::string> memories;  // DIR or DIR@ID
  std::vector<double> weights;        // one each; empty: 1
  int64_t rank = 0;                   // of the merged memory; 0: that of the first
  std::string output;                 // directory of the new memory
};

}  // namespace svg::session

// Throw Error{Config} where the memories belong to different models.
extern "C" svg::session::Session<svg::session::MemoryDiffOptions> svg_memory_diff_session;
extern "C" svg::session::Session<svg::session::MemoryMergeOptions> svg_memory_merge_session;
