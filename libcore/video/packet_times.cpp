#include "libcore/video/packet_times.h"

#include <optional>
#include <vector>

#include "libcore/base/signals.h"

namespace svg::video {
namespace {

constexpr size_t kTimesRead = 100000;

// Times on one line, across the joints of recordings.
class TimeLine {
 public:
  std::optional<double> latest() const { return latest_; }
  double placed(double time) const { return time + offset_; }
  // From here on the times follow what came before.
  void join(double time) { offset_ = end_ - time; }
  void add(double time, double duration) {
    times_.push_back(placed(time));
    if (latest_ && times_.back() <= *latest_) return;
    latest_ = times_.back();
    last_ = duration;
    end_ = *latest_ + duration;
  }
  FrameTimes found(double tick) const { return {times_, last_, tick}; }

 private:
  std::vector<double> times_;
  std::optional<double> latest_;
  double offset_ = 0, end_ = 0, last_ = 0;
};

// Packets carry when they are shown, when they are decoded, both or neither.
class PacketTimes {
 public:
  PacketTimes(const AVFormatContext& input, double unit) : input_(input), unit_(unit) {}

  size_t count() const { return count_; }

  void add(const AVPacket& packet) {
    ++count_;
    const bool has_shown = packet.pts != AV_NOPTS_VALUE, has_decoded = packet.dts != AV_NOPTS_VALUE;
    const double shown = static_cast<double>(packet.pts) * unit_,
                 decoded = static_cast<double>(packet.dts) * unit_,
                 duration = static_cast<double>(packet.duration) * unit_;
    all_shown_ = all_shown_ && has_shown;
    all_decoded_ = all_decoded_ && has_decoded;
    const bool joint = has_decoded ? last_decoded_ && is_joint(input_, decoded - *last_decoded_)
                                   : has_shown && leaps(shown);
    if (joint) {
      shown_.join(has_shown ? shown : decoded);
      decoded_.join(decoded);
    }
    if (has_decoded) last_decoded_ = decoded;
    if (has_shown) shown_.add(shown, duration);
    if (has_decoded) decoded_.add(decoded, duration);
  }

  // Of one kind only: an MPEG program stream states when some of its frames are shown, and when all
  // are decoded. Raw streams have no times at all.
  FrameTimes found() const {
    return all_shown_ ? shown_.found(unit_) : all_decoded_ ? decoded_.found(unit_) : FrameTimes{};
  }

 private:
  // Frames stand in another order than they are shown in, but not by much.
  bool leaps(double shown) const {
    if (!shown_.latest()) return false;
    const double step = shown_.placed(shown) - *shown_.latest();
    return step < -1 || (step > 0 && is_joint(input_, step));
  }

  const AVFormatContext& input_;
  double unit_;
  size_t count_ = 0;
  TimeLine shown_, decoded_;
  std::optional<double> last_decoded_;
  bool all_shown_ = true, all_decoded_ = true;
};

}  // namespace

bool is_joint(const AVFormatContext& input, double step) {
  constexpr double kLeap = 10;  // FFmpeg's dts_delta_threshold
  return step < 0 || ((input.iformat->flags & AVFMT_TS_DISCONT) && step > kLeap);
}

FrameTimes frame_times(const std::string& name, int index) {
  Input input = open_input(name);
  if (index >= static_cast<int>(input->nb_streams)) return {};
  for (unsigned i = 0; i < input->nb_streams; ++i)
    if (static_cast<int>(i) != index) input->streams[i]->discard = AVDISCARD_ALL;
  PacketTimes times(*input, av_q2d(input->streams[index]->time_base));
  Packet packet = new_packet();
  while (times.count() < kTimesRead && av_read_frame(input.get(), packet.get()) >= 0) {
    const bool counts =
        packet->stream_index == index && packet->size > 0 && !(packet->flags & AV_PKT_FLAG_DISCARD);
    if (counts) times.add(*packet);
    av_packet_unref(packet.get());
  }
  throw_if_stopped();
  take_last_ffmpeg_message();
  return times.found();
}

}  // namespace svg::video
