// svg-memory diff and merge: what needs linear algebra. Torch-free.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/base/json.h"

namespace svg::session {

struct MemoryDiffOptions {
  std::string a, b;                // DIR or DIR@ID; revision 0 is no update at all
  ordered_json* result = nullptr;  // norms of both updates and of b - a, over all and for each
                                   // layer, most changed first
};

struct MemoryMergeOptions {
  std::vector<std::string> memories;  // DIR or DIR@ID
  std::vector<double> weights;        // one each; empty: 1
  int64_t rank = 0;                   // of the merged memory; 0: that of the first
  std::string output;                 // directory of the new memory
  ordered_json* result =
      nullptr;  // rank, energy_lost (a share of all), and that of each layer, most first
};

}  // namespace svg::session

// Throw Error{Config} where the memories belong to different models.
extern "C" int svg_memory_diff_session(const svg::session::MemoryDiffOptions&, svg::Context&);
extern "C" int svg_memory_merge_session(const svg::session::MemoryMergeOptions&, svg::Context&);
