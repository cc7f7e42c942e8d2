// Memory::verify: everything that is wrong with a memory, not only the first thing.
#include "formats/memory/memory.h"
#include "formats/stream/stream_checks.h"
#include "libcore/base/error.h"

namespace svg::formats {

std::vector<std::string> Memory::verify() const {
  std::vector<std::string> problems;
  auto note = [&](auto&& check) {
    try {
      check();
    } catch (const Error& e) {
      problems.emplace_back(e.what());
    }
  };
  for (const Revision& r : log_) {
    bool expected = info_.keep.keeps(r.id) || r.id == head_;
    if (!has_files(r.id) && !expected) continue;
    note([&] { delta(r.id).check_finite(); });
    note([&] {
      SafetensorsFile file = state(r.id);
      for (const TensorView& tensor : file.view().tensors) check_finite(tensor, file.path());
    });
  }
  return problems;
}

}  // namespace svg::formats
