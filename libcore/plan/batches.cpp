#include "libcore/plan/batches.h"

#include <map>

namespace svg::plan {

std::vector<std::vector<size_t>> batches_of_shapes(const std::vector<std::string>& shapes,
                                                   int most) {
  std::vector<std::vector<size_t>> batches;
  std::map<std::string, size_t> growing;
  for (size_t i = 0; i < shapes.size(); ++i) {
    const auto known = growing.find(shapes[i]);
    if (known == growing.end() || batches[known->second].size() == static_cast<size_t>(most)) {
      growing[shapes[i]] = batches.size();
      batches.emplace_back();
    }
    batches[growing[shapes[i]]].push_back(i);
  }
  return batches;
}

}  // namespace svg::plan
