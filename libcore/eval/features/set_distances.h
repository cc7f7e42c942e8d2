// Distances between all videos and their references together.
#pragma once
#include <map>
#include <vector>

#include "libcore/eval/features/network_measure.h"

namespace svg::eval {

struct SetDistance {
  std::string name;  // "fvd"; "fvd_floor", "fvd_beside_floor"
  Metric metric = Metric::Fvd;
  std::string profile;  // "fvd_custom_n24": FVD of fewer than 2048 clips has their number in it
  double value = 0;
  int64_t n = 0;  // features on each side
};

// Holds the features of all videos, and nothing else of them.
class SetDistances {
 public:
  void add(SetFeatures features);
  // Each distance, and, of two videos on, its floor: that between the true features of every other
  // video and those of the rest (_floor), cut to one length, beside the same with the generated
  // ones in place of either half (_beside_floor, the mean of the two): equal n, so that the two
  // compare, since a distance falls as n grows. Throws Error{Data} for fewer than two features.
  std::vector<SetDistance> finish(const Networks& networks) const;

 private:
  std::map<Metric, std::vector<FeaturePair>> features_;
};

}  // namespace svg::eval
