// Recall by how long ago it was seen (metrics.md 2.6; finer beyond 256 frames). Torch-free.
#pragma once
#include <array>
#include <string>

namespace svg::eval {

struct Gap {
  const char* name;  // of the range, in frames
  int last;
  double middle;  // of a chart; of the range without an end, its beginning
};
constexpr auto kGaps = std::to_array<Gap>({{"1-32", 32, 16},
                                           {"33-64", 64, 48},
                                           {"65-128", 128, 96},
                                           {"129-256", 256, 192},
                                           {"257-512", 512, 384},
                                           {"513-1024", 1024, 768},
                                           {"1025+", 1 << 30, 1025}});
// Seen from another place than now, whenever that was.
constexpr const char* kShifted = "shifted";

inline const char* gap_of(int frames) {
  for (const auto& gap : kGaps)
    if (frames <= gap.last) return gap.name;
  return kGaps.back().name;
}

// The score of a metric in one range: "recall_v1@33-64".
inline std::string gap_key(const std::string& metric, const std::string& gap) {
  return metric + "@" + gap;
}

}  // namespace svg::eval
