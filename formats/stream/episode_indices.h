// Which chunks of which episodes a stream has had. Internal to formats/.
#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace svg::formats {

// Memory grows with the episodes and with the gaps in their indices, not with their chunks: as
// chunks follow one another, an episode is one range.
class EpisodeIndices {
 public:
  bool contains(const std::string& episode, int64_t index) const;
  // Of an index that is not there yet, from 0 to 2^63 - 2.
  void add(const std::string& episode, int64_t index);

 private:
  using Ranges = std::map<int64_t, int64_t>;  // begin to end, apart from one another
  std::map<std::string, Ranges> episodes_;
};

}  // namespace svg::formats
