#include "libcore/video/media_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <vector>

#include "libcore/base/error.h"
#include "libcore/base/signals.h"
#include "libcore/video/frame_size.h"
#include "libcore/video/picture_file.h"

namespace svg::video {
namespace {

// Demuxers that read nothing but the file they are given, and by which a file that is cut off can
// be told from a whole one. kReadFormats names them in messages.
constexpr const char* kFormats =
    "mov,mp4,matroska,webm,avi,mpegts,mpegtsraw,mpeg,mpegvideo,m4v,h264,ivf,ogg,flv,live_flv,asf,"
    "asf_o,nut,mxf,mjpeg,gif,apng,webp,webp_anim,jpegxl_anim,avif,yuv4mpegpipe,image2,bmp_pipe,"
    "dpx_pipe,gif_pipe,j2k_pipe,jpeg_pipe,jpegxl_pipe,pam_pipe,pbm_pipe,pcx_pipe,pfm_pipe,pgm_pipe,"
    "pgmyuv_pipe,phm_pipe,png_pipe,ppm_pipe,sgi_pipe,tiff_pipe,webp_pipe,xbm_pipe,xwd_pipe";
constexpr const char* kReadFormats =
    "MP4, MOV, Matroska, WebM, AVI, MPEG, Ogg, FLV, ASF (WMV), MXF, NUT, IVF, GIF, y4m and "
    "pictures (PNG, JPEG, WebP, TIFF, BMP, JPEG 2000, JPEG XL, PNM, TGA, DPX, SGI, PCX)";

// Pictures known by their file names have one demuxer, whatever they hold.
bool is_read_picture(AVCodecID codec) {
  for (const AVCodecID id :
       {AV_CODEC_ID_PNG,    AV_CODEC_ID_APNG, AV_CODEC_ID_MJPEG, AV_CODEC_ID_WEBP,
        AV_CODEC_ID_TIFF,   AV_CODEC_ID_BMP,  AV_CODEC_ID_GIF,   AV_CODEC_ID_JPEG2000,
        AV_CODEC_ID_JPEGXL, AV_CODEC_ID_PPM,  AV_CODEC_ID_PGM,   AV_CODEC_ID_PBM,
        AV_CODEC_ID_PGMYUV, AV_CODEC_ID_PAM,  AV_CODEC_ID_PFM,   AV_CODEC_ID_PHM,
        AV_CODEC_ID_TARGA,  AV_CODEC_ID_DPX,  AV_CODEC_ID_SGI,   AV_CODEC_ID_PCX,
        AV_CODEC_ID_XBM,    AV_CODEC_ID_XWD})
    if (codec == id) return true;
  return false;
}

int interrupted(void*) {
  return stop_requested() ? 1 : 0;
}

std::vector<uint8_t> head_of(const std::string& name) {
  std::vector<uint8_t> head;
  if (!is_stored_file(name)) return head;
  const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return head;
  head.resize(1024);
  const ssize_t got = ::pread(fd, head.data(), head.size(), 0);
  head.resize(got > 0 ? static_cast<size_t>(got) : 0);
  ::close(fd);
  return head;
}

[[noreturn]] void refuse_format(const std::string& name) {
  fail(ErrorKind::Data, name,
       ": is in a format that is not read: one without pictures, one that refers to other files or "
       "hosts, or one that does not tell where it is cut off; read are ",
       kReadFormats);
}

[[noreturn]] void fail_open(const Input& input, const std::string& name, int code) {
  throw_if_stopped();
  const bool missing = code == AVERROR(ENOENT) || code == AVERROR(EACCES) ||
                       code == AVERROR(EISDIR) || code == AVERROR(EPERM) ||
                       code == AVERROR(ELOOP) || code == AVERROR(ENAMETOOLONG) ||
                       code == AVERROR(ENOTDIR);
  if (missing) fail(ErrorKind::NoInput, name, ": cannot be read: ", av_reason(code));
  input.refuse_known_unreadable();
  const std::string said = ffmpeg_reason(code);
  if (said.find("not on whitelist") != std::string::npos) refuse_format(name);
  fail(ErrorKind::Data, name, ": no video or image that FFmpeg reads: ", said);
}

}  // namespace

std::string shown_name(const std::string& name) {
  return name == "-" ? "standard input" : name;
}

std::string ffmpeg_reason(int code) {
  const std::string said = take_last_ffmpeg_message();
  return said.empty() ? av_reason(code) : av_reason(code) + " (" + said + ")";
}

bool is_picture_format(const AVFormatContext& input) {
  const std::string format = input.iformat ? input.iformat->name : "";
  return format == "image2" || format.ends_with("_pipe");
}

bool is_stored_file(const std::string& name) {
  struct stat info {};
  return name != "-" && ::stat(name.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

std::string Input::known_as() const {
  return known_unreadable(standard_input_ ? standard_input_->head() : head_of(name_));
}

void Input::refuse_known_unreadable() const {
  const std::string kind = known_as();
  if (kind.empty()) return;
  if (kind.starts_with("a playlist"))
    fail(ErrorKind::Data, shown_name(name_), ": is ", kind,
         ", which refers to other files or hosts; such are not read: name the videos themselves");
  fail(ErrorKind::Unavailable, shown_name(name_), ": is ", kind,
       ", which this FFmpeg does not read: convert it to PNG, JPEG or a video first");
}

Input open_input(const std::string& name) {
  route_ffmpeg_log();
  take_last_ffmpeg_message();
  take_early_end();
  Input input;
  input.name_ = name;
  AVFormatContext* context = avformat_alloc_context();
  if (!context) throw std::bad_alloc();
  context->interrupt_callback = {interrupted, nullptr};
  if (name == "-") {
    input.standard_input_ = std::make_unique<StandardInput>();
    context->pb = input.standard_input_->context();
  }
  AVDictionary* settings = nullptr;
  av_dict_set(&settings, "protocol_whitelist", "file", 0);
  av_dict_set(&settings, "format_whitelist", kFormats, 0);
  av_dict_set(&settings, "pattern_type", "none", 0);  // patterns are picture_sequence.cpp's
  const std::string url = name == "-" ? "" : "file:" + name;
  // Frees the context if it fails.
  const int opened = avformat_open_input(&context, url.c_str(), nullptr, &settings);
  av_dict_free(&settings);
  if (opened < 0) fail_open(input, shown_name(name), opened);
  input.context_.reset(context);
  // FFmpeg from version 7 on gives the tiles of a HEIC picture one by one: a part would pass for
  // the whole.
  if (input.known_as() == "a HEIC picture") input.refuse_known_unreadable();
  if (is_picture_format(*context) && context->nb_streams > 0 &&
      !is_read_picture(context->streams[0]->codecpar->codec_id))
    refuse_format(shown_name(name));
  if (std::string(context->iformat->name) == "yuv4mpegpipe") return input;  // its header says all

  // The decoders that look for the streams' properties allocate frames as well.
  std::vector<AVDictionary*> limits(context->nb_streams, nullptr);
  for (auto& limit : limits) av_dict_set_int(&limit, "max_pixels", kMaxFramePixels, 0);
  const unsigned streams = context->nb_streams;
  const int found = avformat_find_stream_info(context, streams > 0 ? limits.data() : nullptr);
  for (auto& limit : limits) av_dict_free(&limit);
  if (found < 0) fail_open(input, shown_name(name), found);
  return input;
}

}  // namespace svg::video
