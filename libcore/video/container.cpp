#include <new>

#include "libcore/base/error.h"
#include "libcore/video/color.h"
#include "libcore/video/ffmpeg.h"
#include "libcore/video/output_io.h"
#include "libcore/video/palette.h"
#include "libcore/video/sinks.h"

namespace svg::video {
namespace {

struct Kind {
  const char* muxer;
  const char* encoder;
  AVPixelFormat format;
};

Kind kind_of(Container container) {
  switch (container) {
    case Container::Pictures:
      break;  // pictures.cpp
    case Container::Mp4:
      return {"mp4", "libx264", AV_PIX_FMT_YUV420P};
    case Container::Mov:
      return {"mov", "libx264", AV_PIX_FMT_YUV420P};
    case Container::WebM:
      return {"webm", "libvpx-vp9", AV_PIX_FMT_YUV420P};
    case Container::Mkv:
      return {"matroska", "ffv1", AV_PIX_FMT_BGR0};
    case Container::Gif:
      return {"gif", "gif", AV_PIX_FMT_PAL8};
    case Container::Y4m:
      return {"yuv4mpegpipe", "wrapped_avframe", AV_PIX_FMT_YUV444P};
  }
  fail(ErrorKind::Internal, "unknown container");
}

struct OutputDeleter {
  void operator()(AVFormatContext* p) const { avformat_free_context(p); }
};

class ContainerSink : public VideoWriter::Sink {
 public:
  // Nothing but the file is opened here: the size is known with the first frame.
  ContainerSink(Container container, const std::string& name, const WriterOptions& options)
      : container_(container),
        kind_(kind_of(container)),
        name_(name == "-" ? "standard output" : name),
        options_(options),
        io_(name) {
    route_ffmpeg_log();
    encoder_ = avcodec_find_encoder_by_name(kind_.encoder);
    require(encoder_, ErrorKind::Unavailable, name_, ": this FFmpeg has no encoder ", kind_.encoder,
            ": use another format");
  }

  void write(const Image& image, int64_t index) override {
    if (!format_) open(image);
    Frame frame = rgb_or_codec_frame();
    frame_from_rgb(image, *frame, scaler_);
    frame->pts = index;
    if (palette_) {
      frame = palette_->apply(*frame);
      frame->pts = index;
    }
    encode(frame.get());
  }

  void finish() override {
    encode(nullptr);
    check(av_write_trailer(format_.get()), "writing the end");
    io_.finish();
  }

 private:
  void open(const Image& image) {
    const bool even = kind_.format == AV_PIX_FMT_YUV420P;
    width_ = even ? (image.width + 1) / 2 * 2 : image.width;
    height_ = even ? (image.height + 1) / 2 * 2 : image.height;
    const AVRational rate = av_d2q(options_.fps, 100000);

    codec_.reset(avcodec_alloc_context3(encoder_));
    if (!codec_) throw std::bad_alloc();
    codec_->width = width_;
    codec_->height = height_;
    codec_->pix_fmt = kind_.format;
    codec_->time_base = av_inv_q(rate);
    codec_->framerate = rate;
    codec_->sample_aspect_ratio = {1, 1};
    codec_->flags |= AV_CODEC_FLAG_BITEXACT;
    set_colors();
    AVDictionary* settings = encoder_settings();
    AVFormatContext* context = nullptr;
    check(avformat_alloc_output_context2(&context, nullptr, kind_.muxer, nullptr),
          "opening the container");
    format_.reset(context);
    format_->pb = io_.context();
    format_->flags |=
        AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;  // no random ids: equal frames, equal bytes
    if (format_->oformat->flags & AVFMT_GLOBALHEADER) codec_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (!options_.comment.empty())
      av_dict_set(&format_->metadata, "comment", options_.comment.c_str(), 0);
    const int opened = avcodec_open2(codec_.get(), encoder_, &settings);
    av_dict_free(&settings);
    check(opened, "opening the encoder");

    stream_ = avformat_new_stream(format_.get(), nullptr);
    if (!stream_) throw std::bad_alloc();
    stream_->time_base = codec_->time_base;
    stream_->avg_frame_rate = stream_->r_frame_rate = rate;
    stream_->sample_aspect_ratio = {1, 1};
    check(avcodec_parameters_from_context(stream_->codecpar, codec_.get()),
          "opening the container");
    // An mp4 whose head cannot be filled in at the end comes in fragments; the first waits for the
    // frames that its edit list needs.
    AVDictionary* layout = nullptr;
    if ((container_ == Container::Mp4 || container_ == Container::Mov) && !io_.seekable())
      av_dict_set(&layout, "movflags", "frag_keyframe+empty_moov+delay_moov+default_base_moof", 0);
    const int begun = avformat_write_header(format_.get(), &layout);
    av_dict_free(&layout);
    check(begun, "writing the header");
    if (container_ == Container::Gif)
      palette_ = std::make_unique<Palette>(width_, height_, codec_->time_base);
  }

  // Untagged, players guess by the size, each in its own way.
  void set_colors() {
    if (container_ == Container::Gif) return;
    codec_->color_primaries = AVCOL_PRI_BT709;
    codec_->color_trc = AVCOL_TRC_BT709;
    if (container_ == Container::Mkv) return;  // RGB: no matrix, full range
    codec_->colorspace = default_matrix(height_);
    codec_->color_range = AVCOL_RANGE_MPEG;
  }

  // Owned by the caller.
  AVDictionary* encoder_settings() {
    AVDictionary* settings = nullptr;
    switch (container_) {
      case Container::Mp4:
      case Container::Mov:
        // A fixed number of threads, because x264's bytes depend on it.
        codec_->thread_count = 2;
        av_dict_set(&settings, "preset", "medium", 0);
        av_dict_set_int(&settings, "crf", options_.crf, 0);
        break;
      case Container::WebM:
        codec_->thread_count = 2;
        codec_->bit_rate = 0;  // else it bounds what crf asks for
        av_dict_set_int(&settings, "crf", options_.crf, 0);
        av_dict_set(&settings, "deadline", "good", 0);
        av_dict_set(&settings, "cpu-used", "2", 0);
        break;
      case Container::Mkv:
        av_dict_set(&settings, "level", "3", 0);
        av_dict_set(&settings, "slices", "4", 0);
        av_dict_set(&settings, "slicecrc", "1", 0);
        break;
      case Container::Gif:
      case Container::Y4m:
      case Container::Pictures:
        break;
    }
    return settings;
  }

  // A fresh buffer for every frame: the encoder keeps those it still needs.
  Frame rgb_or_codec_frame() {
    Frame frame = new_frame();
    frame->width = width_;
    frame->height = height_;
    frame->format = palette_ ? AV_PIX_FMT_RGB24 : kind_.format;
    frame->colorspace = codec_->colorspace;
    frame->color_range = codec_->color_range;
    frame->color_primaries = codec_->color_primaries;
    frame->color_trc = codec_->color_trc;
    if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
    return frame;
  }

  // One frame, or with null the end, through the encoder into the file.
  void encode(const AVFrame* frame) {
    check(avcodec_send_frame(codec_.get(), frame), "encoding");
    while (true) {
      const int code = avcodec_receive_packet(codec_.get(), packet_.get());
      if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
      check(code, "encoding");
      packet_->stream_index = stream_->index;
      packet_->duration = 1;  // else an mp4 loses its last frame on reading
      av_packet_rescale_ts(packet_.get(), codec_->time_base, stream_->time_base);
      check(av_write_frame(format_.get(), packet_.get()), "writing");
      av_packet_unref(packet_.get());
      io_.rethrow();
    }
  }

  void check(int code, const char* what) const {
    io_.rethrow();
    require(code >= 0, ErrorKind::Io, name_, ": ", what, " failed: ", av_reason(code));
  }

  Container container_;
  Kind kind_;
  std::string name_;
  WriterOptions options_;
  OutputIo io_;  // outlives format_, which refers to it
  const AVCodec* encoder_ = nullptr;
  std::unique_ptr<AVFormatContext, OutputDeleter> format_;
  Codec codec_;
  AVStream* stream_ = nullptr;  // owned by format_
  Packet packet_ = new_packet();
  Scaler scaler_;
  std::unique_ptr<Palette> palette_;
  int width_ = 0, height_ = 0;
};

}  // namespace

std::unique_ptr<VideoWriter::Sink> open_container(Container container, const std::string& name,
                                                  const WriterOptions& options) {
  return std::make_unique<ContainerSink>(container, name, options);
}

}  // namespace svg::video
