#include "libcore/base/shard.h"

#include <charconv>

#include "libcore/base/error.h"

namespace svg {

Shard shard_from(const std::string& text) {
  const char* const end = text.data() + text.size();
  int64_t part = 0, of = 0;
  const auto slash = std::from_chars(text.data(), end, part);
  const bool two = slash.ec == std::errc() && slash.ptr != end && *slash.ptr == '/';
  const auto last = two ? std::from_chars(slash.ptr + 1, end, of) : slash;
  require(two && last.ec == std::errc() && last.ptr == end && 1 <= part && part <= of,
          ErrorKind::Usage, "--shard ", text, ": expected I/N with 1 <= I <= N, such as 2/8");
  return {part - 1, of};
}

}  // namespace svg
