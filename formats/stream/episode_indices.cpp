#include "formats/stream/episode_indices.h"

#include <iterator>

namespace svg::formats {

bool EpisodeIndices::contains(const std::string& episode, int64_t index) const {
  const auto found = episodes_.find(episode);
  if (found == episodes_.end()) return false;
  const auto behind = found->second.upper_bound(index);
  return behind != found->second.begin() && index < std::prev(behind)->second;
}

void EpisodeIndices::add(const std::string& episode, int64_t index) {
  Ranges& ranges = episodes_[episode];
  const auto behind = ranges.upper_bound(index);
  int64_t end = index + 1;
  if (behind != ranges.end() && behind->first == end) {
    end = behind->second;
    ranges.erase(behind);
  }
  // The range before grows, if it reaches this far.
  const auto next = ranges.upper_bound(index);
  if (next != ranges.begin() && std::prev(next)->second == index) std::prev(next)->second = end;
  else ranges.emplace_hint(next, index, end);
}

}  // namespace svg::formats
