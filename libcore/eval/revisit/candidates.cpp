#include "libcore/eval/revisit/candidates.h"

namespace svg::eval {

std::shared_ptr<const world::FaceCandidates> Candidates::of(const world::Episode& episode,
                                                            int frame, uint16_t face, bool near) {
  const auto key = std::make_tuple(frame, face, near);
  if (const auto found = made_.find(key); found != made_.end()) return found->second;
  auto made = std::make_shared<const world::FaceCandidates>(
      episode.scene, episode.poses[static_cast<size_t>(frame)], face, near);
  if (bytes_ + made->bytes() <= max_bytes_) {
    bytes_ += made->bytes();
    made_.emplace(key, made);
  }
  return made;
}

}  // namespace svg::eval
