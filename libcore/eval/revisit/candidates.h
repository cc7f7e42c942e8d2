// The candidate renderings behind an episode's recall, made once and asked by every row: 24
// textures a face, and of 11 views where a pose may be off, are most of what scoring costs.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <tuple>

#include "libcore/world/recall.h"

namespace svg::eval {

class Candidates {
 public:
  explicit Candidates(size_t max_bytes = kMaxBytes) : max_bytes_(max_bytes) {}

  // Those of `face` as `frame` of the episode, always the same one, sees it. Beyond max_bytes they
  // are made, but not kept.
  std::shared_ptr<const world::FaceCandidates> of(const world::Episode&, int frame, uint16_t face,
                                                  bool near = false);

 private:
  static constexpr size_t kMaxBytes = size_t{64} << 20;

  std::map<std::tuple<int, uint16_t, bool>, std::shared_ptr<const world::FaceCandidates>> made_;
  size_t max_bytes_, bytes_ = 0;
};

}  // namespace svg::eval
