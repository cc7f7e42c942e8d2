// Appearance recall: does a generated picture wear the right texture on a face that the model saw
// earlier? Torch-free: the commanded view is rendered with each texture on that face, and the one
// nearest to the generated pixels is the answer.
#pragma once
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "libcore/world/render.h"
#include "libcore/world/visits.h"

namespace svg::world {

// What makes a question about memory.
struct QueryRule {
  double min_cover = 0.02;     // share of the frame's pixels that the face covers
  double max_context = 0.002;  // the most it covers in any context frame
  // Of the frame as a whole; 1 = no such filter. A chunk turns by at most 60 degrees in a view
  // of 68.8 (tiny: 45 of 90), so some of what a frame shows was in its context nearly always: a
  // limit of 0.10 leaves about one revisit in a hundred. The rule for the face itself is what keeps
  // the context from answering.
  double max_covis_ctx = 1;
  double min_covis_first = 0.80;  // buckets other than "shifted"
  double min_covis_shifted = 0.30;
};

struct RecallQuery {
  int frame = 0;
  uint16_t face = 0;
  int first = -1;  // frame of the first visit; -1 for context queries
  int gap = 0;
  std::string bucket;  // as in Visit; "context"
};

// (frame, face) of every visit that passes: the face was visible at the first visit and not in the
// context. Walls only. Ordered by frame, then face; a pair comes once.
std::vector<RecallQuery> recall_queries(const Episode& episode, const FaceCounts& counts,
                                        const std::vector<Visit>& visits, const QueryRule& rule);
// Frames [first_frame, n): faces that cover enough of the frame and of the last frame before its
// chunk.
std::vector<RecallQuery> context_queries(const Episode& episode, const FaceCounts& counts,
                                         int first_frame, const QueryRule& rule);

// The textures that a face of this scene may wear: those its appearance was drawn from.
struct TextureRange {
  int first = 0, count = 0;
};
TextureRange candidates_of(const Scene& scene);
// The textures of all walls that some frame before `frame` showed with seen_px() pixels at least.
std::set<int> textures_shown(const Episode& episode, const FaceCounts& counts, int frame);

struct FaceScore {
  int answer = 0;  // texture id, nearest to the picture
  double rank =
      0;  // of the true texture, 1 = nearest; ties share their mean rank. Chance: (T + 1) / 2
  bool top1 = false;          // no other is as near
  bool palette_top1 = false;  // the same among the true texture and those of the palette
  double mse = 0;             // of the true texture, of 65025
};

// The candidate renderings of one (view, face), ready to be compared with many pictures.
class FaceCandidates {
 public:
  // `near`: also from yaws of -5..+5 degrees in steps of one; a candidate then counts with its best
  // view. A view on which the face covers less than half of its pixels in the commanded one is left
  // out.
  FaceCandidates(const Scene& scene, const Pose& pose, uint16_t face, bool near = false);

  // Some other texture looks like the true one in the commanded view: masked mean squared error
  // below 300 of 65025. Such a query is dropped and counted.
  bool ambiguous() const { return ambiguous_; }
  int pixels() const { return pixels_; }
  size_t bytes() const;  // what it holds
  // rgb [H,W,3].
  FaceScore score(std::span<const uint8_t> rgb, const std::set<int>& palette) const;

 private:
  struct View {
    std::vector<uint32_t> mask;                 // pixel numbers
    std::vector<std::vector<uint8_t>> renders;  // [T][mask, 3]
  };
  View make_view(const Scene& scene, const Pose& pose, uint16_t face) const;

  TextureRange range_;
  int true_texture_ = 0, pixels_ = 0;
  bool ambiguous_ = false;
  std::vector<View> views_;  // the commanded one first
};

inline constexpr double kAmbiguousMse = 300;

}  // namespace svg::world
