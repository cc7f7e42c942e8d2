#include "libcore/video/frame_clock.h"

#include <algorithm>
#include <cmath>

#include "libcore/base/error.h"
#include "libcore/video/frame_facts.h"
#include "libcore/video/frame_rate.h"
#include "libcore/video/packet_times.h"

namespace svg::video {
namespace {

// A rate beyond this is the tick of a clock, not of a camera.
constexpr double kHighestRate = 1000;

// Times and durations beyond these, in whatever unit, are damage, and their sums might not fit.
constexpr int64_t kLatest = int64_t{1} << 60, kLongest = int64_t{1} << 40;

double number(AVRational rate) {
  return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
}

}  // namespace

FrameClock::FrameClock(AVFormatContext& input, AVStream& stream, const std::string& path,
                       const ReaderOptions& options)
    : input_(input),
      stream_unit_(stream.time_base),
      path_(path),
      options_(options),
      remarks_{options.quiet},
      pictures_(is_picture_format(input)) {
  rate_ = options.assume_fps > 0 ? options.assume_fps : pictures_ ? 0 : stated_rate(stream);
}

// The rate of the file, and a warning where its frames do not keep to it.
double FrameClock::stated_rate(AVStream& stream) {
  const double nominal = number(av_guess_frame_rate(&input_, &stream, nullptr)),
               average = number(stream.avg_frame_rate);
  // The header of a y4m states one rate, and no more is known.
  if (std::string(input_.iformat->name) == "yuv4mpegpipe") return plausible(average);
  const std::string name = shown_name(path_);
  if (is_stored_file(path_)) {
    const FrameTimes times = frame_times(path_, stream.index);
    if (!times.times.empty()) {
      const FrameRate rate = frame_rate_of(times, nominal);
      if (rate.variable && options_.fps <= 0)
        remarks_.warn(cat(name, ": variable frame rate, ", rate.shortest, " to ", rate.longest,
                          " s a frame: every frame is kept, at the average of ", rate.fps,
                          " frames a second; --fps X resamples to a constant rate"));
      return plausible(rate.fps);
    }
  }
  // Of a pipe the beginning is known.
  const double mean = average > 0 ? average : nominal;
  if (nominal > 0 && std::abs(mean / nominal - 1) <= 0.05) return plausible(nominal);
  if (mean > 0 && options_.fps <= 0)
    remarks_.warn(cat(name, ": states ", nominal, " frames a second, but its first frames come at ",
                      mean, ", which counts; --fps X resamples to a constant rate"));
  return plausible(mean);
}

double FrameClock::plausible(double rate) const {
  if (rate <= kHighestRate) return rate;
  remarks_.warn(
      cat(shown_name(path_), ": states ", rate, " frames a second, which is left out of account"));
  return 0;
}

AVRational FrameClock::unit() const {
  if (options_.assume_fps > 0) return av_inv_q(av_d2q(options_.assume_fps, 1001000));
  return pictures_ ? AVRational{0, 1} : stream_unit_;
}

int64_t FrameClock::period_in_units() const {
  if (options_.assume_fps > 0 || pictures_ || rate_ <= 0) return 1;
  return std::max<int64_t>(1, std::llround(1 / (rate_ * av_q2d(stream_unit_))));
}

FrameClock::Times FrameClock::next(const AVFrame& frame) {
  const int64_t period = std::min(period_in_units(), kLongest), stamp = frame.best_effort_timestamp;
  if (options_.assume_fps > 0 || stamp < -kLatest || stamp > kLatest)  // AV_NOPTS_VALUE is, too
    return *(latest_ = Times{latest_ ? latest_->time + latest_->duration : 0, period});
  const int64_t known = duration_of(frame),
                duration = known > 0 && known <= kLongest ? known : period;
  int64_t time = stamp + offset_;
  if (latest_) {
    const double step = static_cast<double>(time - latest_->time) * av_q2d(unit());
    if (step < 0 || is_joint(input_, step)) {
      const int64_t follows = latest_->time + latest_->duration;
      offset_ += follows - time;
      time = follows;
    }
  }
  return *(latest_ = Times{time, duration});
}

}  // namespace svg::video
