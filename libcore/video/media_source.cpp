// Frames of one file or of standard input, decoded and shown as a player would.
#include <deque>
#include <new>

#include "libcore/base/error.h"
#include "libcore/base/signals.h"
#include "libcore/video/frame_clock.h"
#include "libcore/video/frame_size.h"
#include "libcore/video/frame_source.h"
#include "libcore/video/packet_reader.h"
#include "libcore/video/presenter.h"

namespace svg::video {
namespace {

// Lossless formats and those whose frames stand alone have checksums, and damage is final; others
// recover from oddities that many files have, and FFmpeg's complaint is passed on as a warning.
// TIFF decoders complain of every tag that they do not know.
bool is_exact(AVCodecID codec) {
  const AVCodecDescriptor* kind = avcodec_descriptor_get(codec);
  const int props = kind ? kind->props : 0;
  return codec != AV_CODEC_ID_TIFF &&
         ((props & AV_CODEC_PROP_INTRA_ONLY) ||
          ((props & AV_CODEC_PROP_LOSSLESS) && !(props & AV_CODEC_PROP_LOSSY)));
}

struct Video {
  AVStream* stream;  // of the input; the others are discarded
  const AVCodec* decoder;
};

bool is_cover(const AVStream& stream) {
  return stream.disposition & AV_DISPOSITION_ATTACHED_PIC;
}

Video video_of(const Input& input, const std::string& path, const Remarks& remarks) {
  const AVCodec* decoder = nullptr;
  const int index = av_find_best_stream(input.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
  if (index < 0) input.refuse_known_unreadable();
  require(index != AVERROR_DECODER_NOT_FOUND, ErrorKind::Unavailable, shown_name(path),
          ": this FFmpeg has no decoder for its video");
  require(index >= 0, ErrorKind::Data, shown_name(path), ": there is no video in it");
  require(!is_cover(*input->streams[index]), ErrorKind::Data, shown_name(path),
          ": there is no video in it, only a cover picture");
  int videos = 0;
  for (unsigned i = 0; i < input->nb_streams; ++i) {
    const AVStream& stream = *input->streams[i];
    videos += stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_cover(stream);
  }
  if (videos > 1)
    remarks.warn(cat(shown_name(path), ": holds ", videos, " videos; only stream ", index,
                     " is read (as ffmpeg -map 0:", index, " takes it)"));
  for (unsigned i = 0; i < input->nb_streams; ++i)
    if (static_cast<int>(i) != index) input->streams[i]->discard = AVDISCARD_ALL;
  return {input->streams[index], decoder};
}

class MediaSource : public FrameSource {
 public:
  MediaSource(const std::string& path, const ReaderOptions& options)
      : name_(shown_name(path)),
        options_(options),
        remarks_{options.quiet},
        input_(open_input(path)),
        video_(video_of(input_, path, remarks_)),
        exact_(is_exact(video_.decoder->id)),
        packets_(*input_, *video_.stream, path, remarks_),
        clock_(*input_, *video_.stream, path, options),
        presenter_(*input_, *video_.stream, name_, options) {
    codec_.reset(avcodec_alloc_context3(video_.decoder));
    if (!codec_ || avcodec_parameters_to_context(codec_.get(), video_.stream->codecpar) < 0)
      throw std::bad_alloc();
    codec_->max_pixels = kMaxFramePixels;
    codec_->err_recognition |= AV_EF_CRCCHECK | (exact_ ? AV_EF_EXPLODE : 0);
    if (const int code = avcodec_open2(codec_.get(), video_.decoder, nullptr); code < 0)
      fail(ErrorKind::Data, name_, ": cannot decode ", video_.decoder->name, ": ",
           ffmpeg_reason(code));
    take_last_ffmpeg_message();  // what was said while looking for the streams is said again
  }

  double fps() override { return clock_.fps(); }

  std::optional<TimedFrame> next() override {
    if (!damage_.empty()) return rest();
    try {
      return next_frame();
    } catch (const Damage& damage) {
      throw_if_stopped();
      damage_ =
          cat(name_, ": frame ", shown_, ": ", damage.what, "; the file is damaged or cut off");
      if (packets_.pictures()) fail(ErrorKind::Data, damage_);
      // What the decoder and the filters still hold came before the damage.
      if (damage.decoder_whole) avcodec_send_packet(codec_.get(), nullptr);
      else end_of_decoding();
    }
    if (options_.salvage) return rest();
    while (next_whole()) continue;
    fail(ErrorKind::Data, damage_,
         shown_ == 0 ? ""
                     : cat("; ", shown_, " whole frames stand before it, which --salvage keeps"));
  }

 private:
  // A whole frame from before the damage; nullopt if there are no more.
  std::optional<TimedFrame> next_whole() {
    try {
      if (!ended_)
        if (auto frame = next_frame()) return frame;
    } catch (const Damage&) {  // the same again
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Data) throw;
    }
    ended_ = true;
    return std::nullopt;
  }

  std::optional<TimedFrame> rest() {
    if (auto frame = next_whole()) return frame;
    require(shown_ > 0, ErrorKind::Data, damage_);
    if (!salvage_said_) remarks_.warn(cat(damage_, "; ", shown_, " whole frames are kept"));
    salvage_said_ = true;
    return std::nullopt;
  }

  void end_of_decoding() {
    decoded_all_ = true;
    if (chain_) chain_->push(nullptr);
  }

  std::optional<TimedFrame> next_frame() {
    while (!ended_) {
      throw_if_stopped();
      if (chain_ && chain_->pull(frame_.get())) return show(*frame_);
      if (!ready_.empty()) {
        const Frame frame = std::move(ready_.front());
        ready_.pop_front();
        return show(*frame);
      }
      if (decoded_all_) break;
      const int code = avcodec_receive_frame(codec_.get(), frame_.get());
      if (code == AVERROR_EOF) {
        end_of_decoding();
      } else if (code == AVERROR(EAGAIN)) {
        // Without a packet: the end of the file.
        const int sent = avcodec_send_packet(codec_.get(), packets_.next());
        if (sent < 0) throw Damage{ffmpeg_reason(sent)};
      } else {
        if (code < 0) throw Damage{ffmpeg_reason(code), false};
        accept();
      }
    }
    ended_ = true;
    require(shown_ > 0, ErrorKind::Data, name_, ": there is not one frame in it");
    return std::nullopt;
  }

  // A decoded frame: into the filters, or to the frames that are ready.
  void accept() {
    if ((frame_->flags & AV_FRAME_FLAG_CORRUPT) || frame_->decode_error_flags)
      throw Damage{"decoded with errors", false};
    if (const std::string said = take_last_ffmpeg_message(); !said.empty()) {
      if (exact_) throw Damage{said, false};
      remarks_.warn(cat(name_, ": frame ", decoded_, ": ", said));
    }
    check_size();
    times_.push_back(clock_.next(*frame_));
    if (decoded_++ == 0) presenter_.look_for_transparency(*frame_);

    const FilterPlan plan = presenter_.plan(*frame_);
    if (chain_ && !chain_->takes(plan, *frame_)) {
      chain_->push(nullptr);
      for (Frame rest = new_frame(); chain_->pull(rest.get()); rest = new_frame())
        ready_.push_back(std::move(rest));
      chain_.reset();
    }
    if (plan.empty()) {
      Frame frame = new_frame();
      av_frame_move_ref(frame.get(), frame_.get());
      ready_.push_back(std::move(frame));
      return;
    }
    frame_->pts = decoded_;  // the times are ours; frames come out as they went in
    if (!chain_) chain_ = std::make_unique<FilterChain>(plan, *frame_, name_);
    chain_->push(frame_.get());
    av_frame_unref(frame_.get());
  }

  void check_size() {
    check_frame_size(frame_->width, frame_->height, name_);
    if (decoded_ == 0) first_width_ = frame_->width, first_height_ = frame_->height;
    if (options_.width == 0 && (frame_->width != first_width_ || frame_->height != first_height_))
      fail(ErrorKind::Data, name_, ": frame ", decoded_, " is ", frame_->width, "x", frame_->height,
           ", those before ", first_width_, "x", first_height_, ": give a size");
  }

  TimedFrame show(AVFrame& frame) {
    const FrameClock::Times times = times_.front();
    times_.pop_front();
    int orientation = 0;
    if (auto& known = packets_.orientations(); !known.empty()) {
      orientation = known.front();
      known.pop_front();
    }
    ++shown_;
    return {presenter_.present(frame, orientation), times.time, times.duration, clock_.unit()};
  }

  std::string name_;
  ReaderOptions options_;
  Remarks remarks_;
  Input input_;
  Video video_;
  bool exact_;  // what the decoder complains of is damage
  PacketReader packets_;
  FrameClock clock_;
  Presenter presenter_;
  Codec codec_;
  Frame frame_ = new_frame();
  std::unique_ptr<FilterChain> chain_;
  std::deque<Frame> ready_;
  std::deque<FrameClock::Times> times_;  // of the frames between the decoder and show()
  int64_t decoded_ = 0, shown_ = 0;
  int first_width_ = 0, first_height_ = 0;
  bool decoded_all_ = false, ended_ = false, salvage_said_ = false;
  std::string damage_;  // in words, once it has been met
};

}  // namespace

std::unique_ptr<FrameSource> open_media(const std::string& name, const ReaderOptions& options) {
  return std::make_unique<MediaSource>(name, options);
}

}  // namespace svg::video
