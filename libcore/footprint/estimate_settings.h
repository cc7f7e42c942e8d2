// What --plan was asked. Torch-free.
#pragma once
#include <string>

namespace svg::footprint {

struct PlanFlags {
  bool plan = false;  // print what memory the run would take, and nothing else
  bool json = false;
  std::string size;    // WIDTHxHEIGHT of a frame in pixels; empty: the model's own
  std::string memory;  // "80G": a GPU with this much, be it here or not; empty: what the device has
};

}  // namespace svg::footprint
