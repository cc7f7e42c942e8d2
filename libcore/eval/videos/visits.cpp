#include "libcore/eval/videos/visits.h"

#include <map>

#include "libcore/eval/revisit/gaps.h"
#include "libcore/eval/videos/fed_frames.h"

namespace svg::eval {

std::vector<Return> returns_of(const VideoRef& video) {
  std::map<int64_t, int64_t> fed;  // by frame of the episode
  for (const int64_t frame : fed_frames(video))
    fed.emplace(frame, static_cast<int64_t>(fed.size()));
  std::vector<Return> returns;
  if (fed.empty()) return returns;
  for (const auto* chunk : video.manifest->chunks_of(video.episode)) {
    const auto visits = chunk->doc.find("visits");
    if (visits == chunk->doc.end() || visits->is_null()) continue;
    for (const auto& visit : *visits) {
      const auto first = fed.find(visit.at("first").get<int64_t>());
      const auto again = fed.find(visit.at("frame").get<int64_t>());
      if (visit.at("ord").get<int64_t>() < 2 || first == fed.end() || again == fed.end()) continue;
      const auto bucket = visit.find("bucket");
      const bool shifted = bucket != visit.end() && *bucket == kShifted;
      returns.push_back({visit.at("place").get<int64_t>(), first->second, again->second, shifted});
    }
  }
  return returns;
}

}  // namespace svg::eval
