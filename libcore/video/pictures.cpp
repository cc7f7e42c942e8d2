#include <cstdio>
#include <filesystem>
#include <regex>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/video/color.h"
#include "libcore/video/ffmpeg.h"
#include "libcore/video/sinks.h"

namespace svg::video {
namespace {

std::vector<std::byte> encode_png(const Image& image) {
  route_ffmpeg_log();
  const AVCodec* encoder = avcodec_find_encoder(AV_CODEC_ID_PNG);
  require(encoder, ErrorKind::Unavailable, "this FFmpeg has no PNG encoder");
  Codec codec(avcodec_alloc_context3(encoder));
  if (!codec) throw std::bad_alloc();
  codec->width = image.width;
  codec->height = image.height;
  codec->pix_fmt = AV_PIX_FMT_RGB24;
  codec->time_base = {1, 1};
  codec->flags |= AV_CODEC_FLAG_BITEXACT;
  Frame frame = new_frame();
  frame->width = image.width;
  frame->height = image.height;
  frame->format = AV_PIX_FMT_RGB24;
  Scaler none;
  Packet packet = new_packet();
  int code = avcodec_open2(codec.get(), encoder, nullptr);
  if (code >= 0) code = av_frame_get_buffer(frame.get(), 0);
  if (code >= 0) {
    frame_from_rgb(image, *frame, none);
    code = avcodec_send_frame(codec.get(), frame.get());
  }
  if (code >= 0) code = avcodec_receive_packet(codec.get(), packet.get());
  require(code >= 0, ErrorKind::Internal, "encoding a PNG of ", image.width, "x", image.height,
          " failed: ", av_reason(code));
  const auto* data = reinterpret_cast<const std::byte*>(packet->data);
  return {data, data + packet->size};
}

class Pictures : public VideoWriter::Sink {
 public:
  explicit Pictures(const std::string& pattern) : pattern_(pattern) {
    // One conversion, and no other use of %, since the name goes through snprintf.
    static const std::regex numbered("[^%]*%(0[0-9]{1,2})?d[^%]*");
    numbered_ = pattern.find('%') != std::string::npos;
    require(!numbered_ || std::regex_match(pattern, numbered), ErrorKind::Usage, "\"", pattern,
            "\": expected one %d or %05d, and no other %");
    const auto folder = std::filesystem::path(pattern).parent_path();
    require(folder.string().find('%') == std::string::npos, ErrorKind::Usage, "\"", pattern,
            "\": the number must stand in the file name");
    if (numbered_ && !folder.empty()) make_directories(folder.string());
  }

  void write(const Image& frame, int64_t index) override {
    require(numbered_ || index == 0, ErrorKind::Usage, pattern_,
            ": there is more than one frame: use a pattern such as dir/%05d.png");
    std::string name = pattern_;
    if (numbered_) {
      name.resize(pattern_.size() + 32);
      name.resize(static_cast<size_t>(
          std::snprintf(name.data(), name.size(), pattern_.c_str(), static_cast<int>(index))));
      write_png(name, frame);
    } else {
      single_ = frame;  // a second frame must not leave a first one behind
    }
  }

  void finish() override {
    if (!numbered_) write_png(pattern_, single_);
  }

 private:
  std::string pattern_;
  bool numbered_ = false;
  Image single_;
};

}  // namespace

void write_png(const std::string& path, const Image& image) {
  const auto bytes = encode_png(image);
  AtomicFile file(path);
  file.write(bytes);
  file.finish();
}

std::unique_ptr<VideoWriter::Sink> open_pictures(const std::string& pattern) {
  return std::make_unique<Pictures>(pattern);
}

}  // namespace svg::video
