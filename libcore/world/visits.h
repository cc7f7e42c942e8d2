// Which frames come back to a place that an earlier frame showed, and whether a query there asks
// for memory at all. A place is (cell, heading within 2 degrees), positions within 0.05 cell.
// Consecutive frames at one place are one visit.
#pragma once
#include <string>
#include <vector>

#include "libcore/world/episode.h"

namespace svg::world {

// How many pixels each face id covers in each frame.
struct FaceCounts {
  int ids = 0;
  std::vector<uint16_t> count;  // [n, ids]
  const uint16_t* of(int frame) const {
    return &count[static_cast<size_t>(frame) * static_cast<size_t>(ids)];
  }
};
FaceCounts count_faces(const Scene& scene, const std::vector<uint16_t>& face);

struct Visit {
  int frame = 0;
  int place = 0;  // number of the place, in the order in which places are revisited
  int ord = 0;    // 2 = second visit
  int first = 0;  // the frame of the first visit that is nearest in pose
  int gap = 0;    // frame - first
  double covis_ctx = 0, covis_first = 0;
  std::string bucket;  // 1-32, 33-64, 65-128, 129-256, 257+, or shifted
};

// Ordered by frame. `shifted` pairs of the route come as visits of the bucket "shifted", every
// frame of their chunk.
std::vector<Visit> find_visits(const Episode& episode, const FaceCounts& counts);

// The range of gaps that a visit is counted in: "1-32" ... "257+".
const char* bucket_of(int gap);

// Frames [first, last) that a query in `frame` may see: the last `context_frames` before the chunk
// that holds it.
struct FrameRange {
  int first = 0, last = 0;
};
FrameRange context_of(const WorldConfig& config, int frame);

// Share of the face-carrying pixels of frame q whose face covers at least seen_px() pixels in some
// frame of the range. 1 where q shows no face.
double covisibility(const WorldConfig& config, const FaceCounts& counts, int q, FrameRange range);

ordered_json to_json(const Visit& visit);

}  // namespace svg::world
