#include "libcore/video/video_reader.h"

#include <cerrno>

#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/base/signals.h"
#include "libcore/video/color.h"
#include "libcore/video/ffmpeg.h"

namespace svg::video {
namespace {

struct InputDeleter {
  void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
};
using Input = std::unique_ptr<AVFormatContext, InputDeleter>;

int interrupted(void*) {
  return stop_requested() ? 1 : 0;
}

std::string reason(int code) {
  const std::string said = take_last_ffmpeg_message();
  return said.empty() ? av_reason(code) : av_reason(code) + " (" + said + ")";
}

[[noreturn]] void fail_open(const std::string& name, int code) {
  throw_if_stopped();
  const bool missing = code == AVERROR(ENOENT) || code == AVERROR(EACCES) ||
                       code == AVERROR(EISDIR) || code == AVERROR(EPERM);
  if (missing) fail(ErrorKind::NoInput, name, ": cannot be read: ", av_reason(code));
  fail(ErrorKind::Data, name, ": no video or image that FFmpeg reads: ", reason(code));
}

// A quarter turn stored as metadata would silently give frames that lie on their side.
void warn_if_rotated(const AVStream& stream, const std::string& name) {
  if (av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr))
    log_warn(name +
             ": the file asks players to rotate or flip the picture; frames are taken as stored");
}

}  // namespace

struct VideoReader::Impl {
  std::string name;
  ReaderOptions options;
  Input input;
  Codec codec;
  AVStream* stream = nullptr;
  Packet packet = new_packet();
  Frame frame = new_frame();
  Scaler scaler;
  int64_t count = 0;
  int first_width = 0, first_height = 0;
  bool draining = false, y4m = false, exact = false;
  int64_t packets_end = 0;  // offset behind the last whole packet

  Impl(const std::string& name_, const ReaderOptions& options_)
      : name(name_ == "-" ? "standard input" : name_), options(options_) {
    route_ffmpeg_log();
    take_last_ffmpeg_message();
    AVFormatContext* context = avformat_alloc_context();
    if (!context) throw std::bad_alloc();
    context->interrupt_callback = {interrupted, nullptr};
    AVDictionary* settings = nullptr;
    // Files stay files: no playlist or name may reach the network. Patterns may start at any
    // number.
    av_dict_set(&settings, "protocol_whitelist", "file,pipe", 0);
    av_dict_set(&settings, "start_number_range", "100000", 0);
    const std::string url = name_ == "-" ? "pipe:0" : "file:" + name_;
    const int opened = avformat_open_input(&context, url.c_str(), nullptr,
                                           &settings);  // frees the context if it fails
    av_dict_free(&settings);
    if (opened < 0) fail_open(name, opened);
    input.reset(context);
    y4m = std::string(context->iformat->name) == "yuv4mpegpipe";  // its header says all
    const int found = y4m ? 0 : avformat_find_stream_info(context, nullptr);
    if (found < 0) fail_open(name, found);
    packets_end = avio_tell(context->pb);
    const AVCodec* decoder = nullptr;
    const int index = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
    require(index != AVERROR_DECODER_NOT_FOUND, ErrorKind::Unavailable, name,
            ": this FFmpeg has no decoder for its video");
    require(index >= 0, ErrorKind::Data, name, ": there is no video in it");
    stream = context->streams[index];
    for (unsigned i = 0; i < context->nb_streams; ++i)
      if (static_cast<int>(i) != index) context->streams[i]->discard = AVDISCARD_ALL;
    warn_if_rotated(*stream, name);
    codec.reset(avcodec_alloc_context3(decoder));
    if (!codec || avcodec_parameters_to_context(codec.get(), stream->codecpar) < 0)
      throw std::bad_alloc();
    // Lossless formats and those whose frames stand alone have checksums, and damage is final;
    // others recover from oddities that many files have, and FFmpeg's complaint is passed on as a
    // warning.
    const AVCodecDescriptor* kind = avcodec_descriptor_get(decoder->id);
    const int props = kind ? kind->props : 0;
    exact = (props & AV_CODEC_PROP_INTRA_ONLY) ||
            ((props & AV_CODEC_PROP_LOSSLESS) && !(props & AV_CODEC_PROP_LOSSY));
    codec->err_recognition |= AV_EF_CRCCHECK | (exact ? AV_EF_EXPLODE : 0);
    if (const int code = avcodec_open2(codec.get(), decoder, nullptr); code < 0)
      fail(ErrorKind::Data, name, ": cannot decode ", decoder->name, ": ", reason(code));
  }

  [[noreturn]] void damaged(const std::string& what) {
    throw_if_stopped();
    fail(ErrorKind::Data, name, ": frame ", count, ": ", what, "; the file is damaged or cut off");
  }

  // One packet of the stream, or the end of the file, into the decoder.
  void feed() {
    int code = 0;
    do {
      av_packet_unref(packet.get());
      code = av_read_frame(input.get(), packet.get());
    } while (code >= 0 && packet->stream_index != stream->index);
    if (code == AVERROR_EOF) {
      // A demuxer reports a failed read as the end of the file too.
      if (input->pb && input->pb->error < 0 && input->pb->error != AVERROR_EOF)
        damaged("reading failed: " + av_reason(input->pb->error));
      // A torn last frame of a y4m passes for the end as well.
      if (y4m && avio_tell(input->pb) != packets_end) damaged("it is incomplete");
      draining = true;
      avcodec_send_packet(codec.get(), nullptr);
      return;
    }
    if (code < 0) damaged(reason(code));
    packets_end = avio_tell(input->pb);
    if (packet->flags & AV_PKT_FLAG_CORRUPT) damaged("the packet is corrupt");
    code = avcodec_send_packet(codec.get(), packet.get());
    if (code < 0) damaged(reason(code));
  }

  std::optional<Image> next() {
    while (true) {
      throw_if_stopped();
      const int code = avcodec_receive_frame(codec.get(), frame.get());
      if (code == AVERROR_EOF) break;
      if (code == AVERROR(EAGAIN)) {
        feed();
        continue;
      }
      if (code < 0) damaged(reason(code));
      if ((frame->flags & AV_FRAME_FLAG_CORRUPT) || frame->decode_error_flags)
        damaged("decoded with errors");
      return take_frame();
    }
    require(count > 0, ErrorKind::Data, name, ": there is not one frame in it");
    return std::nullopt;
  }

  Image take_frame() {
    if (count == 0) first_width = frame->width, first_height = frame->height;
    const bool as_stored = options.width == 0;
    if (as_stored && (frame->width != first_width || frame->height != first_height))
      fail(ErrorKind::Data, name, ": frame ", count, " is ", frame->width, "x", frame->height,
           ", those before ", first_width, "x", first_height, ": give a size");
    if (const std::string said = take_last_ffmpeg_message(); !said.empty()) {
      if (exact) damaged(said);
      log_warn(cat(name, ": frame ", count, ": ", said));
    }
    ++count;
    Image image = rgb_from_frame(*frame, scaler);
    return as_stored ? image : fit(image, options.width, options.height);
  }
};

VideoReader::VideoReader(const std::string& name, const ReaderOptions& options)
    : impl_(std::make_unique<Impl>(name, options)) {}
VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;

std::optional<Image> VideoReader::next() {
  return impl_->next();
}
int64_t VideoReader::frames_read() const {
  return impl_->count;
}

double VideoReader::fps() const {
  const AVInputFormat* format = impl_->input->iformat;
  const std::string name = format ? format->name : "";
  if (name == "image2" || name.ends_with("_pipe")) return 0;  // FFmpeg assumes 25 for images
  const AVRational rate = av_guess_frame_rate(impl_->input.get(), impl_->stream, nullptr);
  return rate.den > 0 ? av_q2d(rate) : 0;
}

}  // namespace svg::video
