#include "libcore/plan/task_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "libcore/base/error.h"

namespace svg::plan {
namespace {

double distance(const Point& a, const Point& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1]);
}

std::optional<double> field(const Execution& e, const std::vector<double>& pose,
                            const std::string& name) {
  for (size_t i = 0; i < e.pose_fields.size() && i < pose.size(); ++i)
    if (e.pose_fields[i] == name) return pose[i];
  return std::nullopt;
}

std::map<std::string, double> retrace_scores(const Task& task, const Execution& e) {
  std::vector<Point> asked(task.waypoints.rbegin(), task.waypoints.rend());
  if (asked.empty() || e.path.empty()) return {};
  std::map<std::string, double> out;
  out["dist"] = nearest_distance(asked, e.path);
  // Frame by frame, where that is known: the same way at the same pace is 0.
  const std::vector<Point> way(e.way.rbegin(), e.way.rend());
  out["dtw"] = aligned_distance(way.empty() ? asked : way, e.path);
  const double end = distance(asked.back(), e.path.back());
  out["end"] = end;
  out["success"] = end <= kArrived;
  const auto from = field(e, e.start, "yaw"), to = field(e, e.last, "yaw");
  if (from && to) {
    const double off = std::fabs(std::remainder(*to - *from, 360.0));
    out["end_yaw"] = off;
    out["success_view"] = end <= kArrivedView && off <= kSameHeading;
  }
  return out;
}

std::optional<Point> object_at(const ordered_json& state, const std::string& name) {
  const auto objects = state.find("objects");
  if (objects == state.end() || !objects->is_array()) return std::nullopt;
  for (const ordered_json& object : *objects)
    if (object.value("name", "") == name)
      return Point{object.value("x", 0.0), object.value("y", 0.0)};
  return std::nullopt;
}

// What one phase made of the cubes.
struct PhaseScores {
  double distance = 0;  // sum over cubes
  int cubes = 0;
  int to_move = 0,
      placed = 0;  // those that stood elsewhere, and of these the ones that were brought
};

// Where `cube` stood when `chunks` chunks had been executed.
std::optional<Point> place_after(const Execution& e, int chunks, const std::string& cube) {
  if (chunks < 1 || static_cast<size_t>(chunks) > e.states.size()) return std::nullopt;
  return object_at(e.states[static_cast<size_t>(chunks) - 1], cube);
}

std::map<std::string, double> cubes_scores(const Task& task, const Execution& e) {
  std::map<std::string, double> out;
  std::map<int, PhaseScores> phases;
  bool all = true;
  for (const CubeTarget& target : task.targets) {
    const auto phase = static_cast<size_t>(target.phase);
    if (phase >= task.phase_ends.size()) return {};
    const auto place = place_after(e, task.phase_ends[phase], target.cube);
    if (!place) return {};
    const double off = distance(*place, target.xy);
    PhaseScores& scores = phases[target.phase];
    scores.distance += off, ++scores.cubes;
    all = all && off <= task.half_cube;
    // At the start every cube stands elsewhere than where the first phase wants it.
    const auto before =
        phase ? place_after(e, task.phase_ends[phase - 1], target.cube) : std::nullopt;
    if (before && distance(*before, target.xy) <= task.half_cube) continue;
    ++scores.to_move;
    scores.placed += off <= task.half_cube;
  }
  if (phases.empty()) return {};
  double sum = 0;
  for (const auto& [phase, scores] : phases) {
    const double mean = scores.distance / scores.cubes;
    out[cat("dist_", phase + 1)] = mean;
    sum += mean;
    if (scores.to_move)
      out[cat("placed_", phase + 1)] = static_cast<double>(scores.placed) / scores.to_move;
  }
  out["dist"] = sum / static_cast<double>(phases.size());
  out["success"] = all;
  return out;
}

}  // namespace

double nearest_distance(const std::vector<Point>& waypoints, const std::vector<Point>& path) {
  double sum = 0;
  for (const Point& w : waypoints) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const Point& p : path) nearest = std::min(nearest, distance(w, p));
    sum += nearest;
  }
  return sum / static_cast<double>(waypoints.size());
}

double aligned_distance(const std::vector<Point>& asked, const std::vector<Point>& path) {
  // Of the cheapest alignment up to (i, j): its cost and its number of pairs.
  struct Cell {
    double cost = std::numeric_limits<double>::infinity();
    int pairs = 0;
  };
  std::vector<Cell> row(path.size() + 1), before;
  row[0].cost = 0;
  for (const Point& a : asked) {
    before = row;
    row.assign(path.size() + 1, {});
    for (size_t j = 1; j <= path.size(); ++j) {
      const Cell* best = &before[j - 1];
      for (const Cell* other : {&before[j], &row[j - 1]})
        if (other->cost < best->cost) best = other;
      row[j] = {best->cost + distance(a, path[j - 1]), best->pairs + 1};
    }
  }
  return row.back().cost / row.back().pairs;
}

std::map<std::string, double> task_scores(const Task& task, const Execution& execution) {
  return task.kind == "retrace" ? retrace_scores(task, execution) : cubes_scores(task, execution);
}

}  // namespace svg::plan
