// Distances between all videos and their references together.
#pragma once
#include <map>
#include <vector>

#include "libcore/eval/features/network_measure.h"

namespace svg::eval {

struct SetDistance {
  Metric metric = Metric::Fvd;
  std::string profile;  // "fvd_custom_n24": FVD of fewer than 2048 clips has their number in it
  double value = 0;
  int64_t n = 0;  // features on each side
};

// Holds the features of all videos, and nothing else of them.
class SetDistances {
 public:
  void add(SetFeatures features);
  // Throws Error{Data} for fewer than two features.
  std::vector<SetDistance> finish(const Networks& networks) const;

 private:
  std::map<Metric, std::vector<FeaturePair>> features_;
};

}  // namespace svg::eval
