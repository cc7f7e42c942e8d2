// What a prediction is for, beside the run's own settings. Torch-free.
#pragma once
#include <string>

namespace svg::footprint {

struct EstimateTarget {
  std::string size;  // WIDTHxHEIGHT of a frame in pixels; empty: the model's own
  std::string ram;   // "80G": a GPU with this much, be it here or not; empty: what the device has
};

}  // namespace svg::footprint
