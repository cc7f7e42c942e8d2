// One meter for long work, on standard error: on a terminal a line redrawn at most 5 times a
// second, else a log line every 30 s: `step 1200/50000 loss 0.0312 1.84 it/s eta 7h21m`, `chunk
// 12/40 2.5 s/chunk eta 1m10s`. Numbers for programs go to --metrics, never through here.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace svg {

enum class ProgressStyle {
  Silent,
  Lines,  // a log line (level info) per 30 s
  Meter,  // one line on the terminal, redrawn
};

class Progress {
 public:
  // Counts `unit`s ("step", "chunk") from `done` (more than 0 after --resume) to `total`; total 0:
  // not known.
  Progress(ProgressStyle style, std::string unit, int64_t total, int64_t done = 0);
  ~Progress();  // takes the meter off the terminal
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` units are finished; `detail` stands between the count and the rate ("loss 0.0312"). Not
  // thread-safe.
  void update(int64_t done, const std::string& detail = {});

 private:
  using Clock = std::chrono::steady_clock;
  ProgressStyle style_;
  std::string unit_;
  int64_t total_, first_;
  Clock::time_point start_, last_;
  bool shown_ = false;
};

// The line that update() shows; `seconds` since the first unit.
std::string progress_line(const std::string& unit, int64_t done, int64_t total, int64_t first,
                          double seconds, const std::string& detail);

// Takes the meter, if one is drawn, off the terminal, so that a log line starts on a clean one.
// Called by the log.
void clear_progress_meter();

}  // namespace svg
