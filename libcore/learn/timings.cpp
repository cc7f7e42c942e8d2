#include "libcore/learn/timings.h"

#include <sys/resource.h>

#include "formats/base/error.h"

namespace svg::learn {

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

int64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

void Timings::open(const std::string& path) {
  if (path.empty()) return;
  out_.open(path, std::ios::app);
  require(out_.good(), ErrorKind::CannotCreate, path, ": cannot be written");
}

void Timings::write(const ordered_json& line) {
  if (out_.is_open()) out_ << line.dump() << "\n" << std::flush;
}

}  // namespace svg::learn
