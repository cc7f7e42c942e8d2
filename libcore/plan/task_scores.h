// How well a plan was executed. Torch-free; lengths in the units of the world's poses.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "libcore/plan/actor.h"

namespace svg::plan {

// Mean over waypoints of the smallest distance of the path (SlowFast-VGen, section 4.3).
double nearest_distance(const std::vector<Point>& waypoints, const std::vector<Point>& path);
// The same, in order: the mean distance of the pairs of the cheapest alignment of the two
// sequences that goes forward in both (dynamic time warping). A path that visits the right places
// the wrong way round is far from them here.
double aligned_distance(const std::vector<Point>& asked, const std::vector<Point>& path);

// What an executed plan looked like from outside.
struct Execution {
  std::vector<Point> way;           // of the past, frame by frame
  std::vector<Point> path;          // after each frame, the place where planning began first
  std::vector<double> start, last;  // poses of the task's first frame and of the last frame
  std::vector<std::string> pose_fields;
  std::vector<ordered_json> states;  // after each chunk
};

inline constexpr double kArrived = 0.5;       // success: that near to the start
inline constexpr double kArrivedView = 0.25;  // success_view: nearer, and
inline constexpr double kSameHeading = 22.5;  // no further turned than this, degrees

// retrace: dist, dtw, end (distance to the start), end_yaw (degrees, where poses have one),
// success, success_view. cubes: dist (mean over phases and cubes), dist_1 ... for each phase,
// success (each cube within half its side in all phases). What cannot be told is left out.
std::map<std::string, double> task_scores(const Task& task, const Execution& execution);

}  // namespace svg::plan
