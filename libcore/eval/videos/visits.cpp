#include "libcore/eval/videos/visits.h"

#include <map>

namespace svg::eval {

std::vector<Return> returns_of(const VideoRef& video) {
  if (!video.manifest || video.kind != VideoRef::Kind::Manifest) return {};
  const auto chunks = video.manifest->chunks_of(video.episode);
  std::map<int64_t, int64_t> fed;  // by frame of the episode
  int64_t next = 0;
  for (const auto* chunk : chunks)
    for (int64_t t = chunk->out().begin; t < chunk->out().end; ++t) fed.emplace(t, next++);
  std::vector<Return> returns;
  for (const auto* chunk : chunks) {
    const auto visits = chunk->doc.find("visits");
    if (visits == chunk->doc.end() || visits->is_null()) continue;
    for (const auto& visit : *visits) {
      const auto first = fed.find(visit.at("first").get<int64_t>());
      const auto again = fed.find(visit.at("frame").get<int64_t>());
      if (visit.at("ord").get<int64_t>() < 2 || first == fed.end() || again == fed.end()) continue;
      returns.push_back({visit.at("place").get<int64_t>(), first->second, again->second});
    }
  }
  return returns;
}

}  // namespace svg::eval
