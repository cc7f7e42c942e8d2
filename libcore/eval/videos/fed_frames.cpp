#include "libcore/eval/videos/fed_frames.h"

namespace svg::eval {

std::vector<int64_t> fed_frames(const VideoRef& video) {
  std::vector<int64_t> frames;
  if (!video.manifest || video.kind != VideoRef::Kind::Manifest) return frames;
  for (const auto* chunk : video.manifest->chunks_of(video.episode))
    for (int64_t t = chunk->out().begin; t < chunk->out().end; ++t) frames.push_back(t);
  return frames;
}

}  // namespace svg::eval
