// What a run costs: a line a chunk in timings.jsonl (design.md section 6). Kept out of the outputs,
// which are a function of their inputs.
#pragma once
#include <c10/core/Device.h>

#include <string>

#include "libcore/base/json.h"
#include "libcore/base/line_file.h"

namespace svg::episode {

// Adds peak_memory_bytes; on a GPU also peak_device_memory_bytes, of its tensors since the last
// call.
void add_peak_memory(ordered_json& line, at::Device device);

class Timings {
 public:
  // Appends to `path`, or where that is empty to timings.jsonl in the memory `folder`; where both
  // are, nothing is written. Throws Error{CannotCreate}.
  void open(const std::string& path, const std::string& folder);
  void write(const ordered_json& line);

 private:
  LineFile out_;
};

}  // namespace svg::episode
