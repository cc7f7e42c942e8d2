#include "libcore/plan/batches.h"

#include <algorithm>
#include <map>

namespace svg::plan {

std::vector<std::vector<size_t>> batches_of_shapes(const std::vector<std::string>& shapes,
                                                   int most) {
  std::map<std::string, std::vector<size_t>> alike;
  for (size_t i = 0; i < shapes.size(); ++i) alike[shapes[i]].push_back(i);
  std::vector<std::vector<size_t>> batches;
  for (const auto& [shape, tasks] : alike) {
    const size_t limit = static_cast<size_t>(most), parts = (tasks.size() + limit - 1) / limit;
    for (size_t p = 0; p < parts; ++p)
      batches.emplace_back(tasks.begin() + static_cast<int64_t>(tasks.size() * p / parts),
                           tasks.begin() + static_cast<int64_t>(tasks.size() * (p + 1) / parts));
  }
  std::sort(batches.begin(), batches.end());
  return batches;
}

}  // namespace svg::plan
