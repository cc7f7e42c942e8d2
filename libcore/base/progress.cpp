#include "libcore/base/progress.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "libcore/base/log.h"

namespace svg {
namespace {

std::atomic<bool> g_meter_drawn{false};

void put(const std::string& text) {
  // One write per redraw: the meter shares the terminal with other programs of a pipe. A lost
  // redraw does no harm.
  [[maybe_unused]] auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

std::string duration(double seconds) {
  const auto s = static_cast<int64_t>(seconds + 0.5);
  char text[32];
  if (s >= 86400)
    std::snprintf(text, sizeof text, "%dd%02dh", int(s / 86400), int(s % 86400 / 3600));
  else if (s >= 3600)
    std::snprintf(text, sizeof text, "%dh%02dm", int(s / 3600), int(s % 3600 / 60));
  else if (s >= 60) std::snprintf(text, sizeof text, "%dm%02ds", int(s / 60), int(s % 60));
  else std::snprintf(text, sizeof text, "%ds", int(s));
  return text;
}

}  // namespace

std::string progress_line(const std::string& unit, int64_t done, int64_t total, int64_t first,
                          double seconds, const std::string& detail) {
  std::string line = unit + " " + std::to_string(done);
  if (total > 0) line += "/" + std::to_string(total);
  if (!detail.empty()) line += " " + detail;
  if (done <= first || seconds <= 0) return line;
  const double rate = static_cast<double>(done - first) / seconds;
  char text[48];
  if (rate >= 1) std::snprintf(text, sizeof text, " %.3g it/s", rate);
  else std::snprintf(text, sizeof text, " %.3g s/%.12s", 1 / rate, unit.c_str());
  line += text;
  if (total > done) line += " eta " + duration(static_cast<double>(total - done) / rate);
  return line;
}

Progress::Progress(ProgressStyle style, std::string unit, int64_t total, int64_t done)
    : style_(style),
      unit_(std::move(unit)),
      total_(total),
      first_(done),
      start_(Clock::now()),
      last_(start_) {}

Progress::~Progress() {
  if (shown_) clear_progress_meter();
}

void Progress::update(int64_t done, const std::string& detail) {
  if (style_ == ProgressStyle::Silent) return;
  const auto now = Clock::now();
  const double since = std::chrono::duration<double>(now - last_).count();
  const bool meter = style_ == ProgressStyle::Meter;
  if (since < (meter ? 0.2 : 30.0)) return;
  last_ = now;
  const auto line = progress_line(unit_, done, total_, first_,
                                  std::chrono::duration<double>(now - start_).count(), detail);
  if (!meter) {
    log_info(line);
    return;
  }
  put("\r" + line + "\x1b[K");
  shown_ = true;
  g_meter_drawn = true;
}

void clear_progress_meter() {
  if (g_meter_drawn.exchange(false)) put("\r\x1b[K");
}

}  // namespace svg
