#include "libcore/video/video_reader.h"

#include <cmath>

#include "libcore/base/checked.h"
#include "libcore/base/error.h"
#include "libcore/video/frame_rate.h"
#include "libcore/video/frame_source.h"

namespace svg::video {
namespace {

// FFmpeg's own limit for rates, so that 29.97 means the same in both.
AVRational rational_rate(double fps) {
  return av_d2q(fps, 1001000);
}

// A gap of more than this is damage, not a picture that stands still: else one time stamp could ask
// for any number of frames.
constexpr double kLongestGap = 3600;

}  // namespace

// Which frames of the source are given: a span of time, each n-th, at a constant rate.
struct VideoReader::Impl {
  std::string name;
  ReaderOptions options;
  std::unique_ptr<FrameSource> source;
  int64_t given = 0, in_span = 0;
  std::optional<double> origin, last;
  Resampler resampler;
  bool timed = true, done = false;
  int64_t end_tick = 0;  // where the last frame ends, at the new rate

  Impl(const std::string& name_, const ReaderOptions& options_)
      : name(name_ == "-" ? "standard input" : name_), options(options_) {
    require(options.every >= 1 && options.start >= 0 && options.duration >= 0, ErrorKind::Usage,
            name, ": every must be 1 or more, start and duration 0 or more");
    source = open_picture_sequence(name_, options);
    if (!source) source = open_media(name_, options);
  }

  // The next frame of the source that lies in the span and is an n-th.
  std::optional<TimedFrame> select() {
    while (auto frame = source->next()) {
      timed = frame->unit.num > 0;
      require(timed || (options.start == 0 && options.duration == 0), ErrorKind::Usage, name,
              ": start and duration need times, which pictures have not: give --assume-fps");
      if (timed) {
        const double unit = av_q2d(frame->unit), time = static_cast<double>(frame->time) * unit;
        if (!origin) origin = time;
        constexpr double kRounding = 1e-6;
        if (time - *origin < options.start - kRounding) continue;
        if (options.duration > 0 && time - *origin >= options.start + options.duration - kRounding)
          return std::nullopt;
      }
      if (in_span++ % options.every == 0) return frame;
    }
    require(in_span > 0 || !origin, ErrorKind::Data, name, ": ends before second ", options.start);
    return std::nullopt;
  }

  std::optional<Image> next() {
    if (options.fps <= 0) {
      if (done) return std::nullopt;
      auto frame = select();
      if (!frame) {
        done = true;
        return std::nullopt;
      }
      return std::move(frame->image);
    }
    const AVRational tick = av_inv_q(rational_rate(options.fps));
    while (true) {
      if (auto image = resampler.next()) return image;
      // What is held may have been replaced by the frame behind it: only then more is needed.
      if (done) return resampler.next();
      auto frame = select();
      if (!frame) {
        done = true;
        resampler.finish(end_tick);
        continue;
      }
      if (!timed) return std::move(frame->image);  // of pictures the rate is merely stated
      const auto ticks = [&](int64_t time) {
        return av_rescale_q_rnd(time, frame->unit, tick, AV_ROUND_NEAR_INF);
      };
      const double time = static_cast<double>(frame->time) * av_q2d(frame->unit);
      require(!last || time - *last < kLongestGap, ErrorKind::Data, name, ": frame ", in_span - 1,
              ": its time stamp is ", last ? time - *last : 0,
              " seconds behind the one before: the file is damaged");
      last = time;
      const auto shown = checked_product({frame->duration, options.every});
      const bool sound = shown && static_cast<double>(*shown) * av_q2d(frame->unit) < kLongestGap;
      end_tick = ticks(frame->time + (sound ? *shown : 0));
      resampler.push(std::move(frame->image), ticks(frame->time));
    }
  }
};

VideoReader::VideoReader(const std::string& name, const ReaderOptions& options)
    : impl_(std::make_unique<Impl>(name, options)) {}
VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;

std::optional<Image> VideoReader::next() {
  auto image = impl_->next();
  if (image) ++impl_->given;
  return image;
}
int64_t VideoReader::frames_read() const {
  return impl_->given;
}

double VideoReader::fps() const {
  if (impl_->options.fps > 0) return impl_->options.fps;
  return impl_->source->fps() / static_cast<double>(impl_->options.every);
}

}  // namespace svg::video
