#include "libcore/video/ffmpeg.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <mutex>
#include <new>
#include <utility>

#include "libcore/base/log.h"

namespace svg::video {
namespace {

std::mutex g_message_mutex;
std::string g_unfinished, g_last_message, g_early_end;  // a line may come in several parts

bool is_of_demuxer(void* source) {
  const AVClass* kind = source ? *static_cast<const AVClass**>(source) : nullptr;
  if (!kind) return false;
  return (kind->get_category ? kind->get_category(source) : kind->category) ==
         AV_CLASS_CATEGORY_DEMUXER;
}

bool tells_of_early_end(const std::string& line) {
  for (const char* words :
       {"prematurely", "partial file", "runcated", "nexpected end", "ncomplete"})
    if (line.find(words) != std::string::npos) return true;
  return false;
}

void on_message(void* source, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_INFO) return;
  char part[1024];
  int prefix = 0;  // leave FFmpeg's own "[mov @ 0x...]" out: addresses differ from run to run
  av_log_format_line(source, level, format, arguments, part, sizeof part, &prefix);
  std::lock_guard lock(g_message_mutex);
  g_unfinished += part;
  if (!g_unfinished.ends_with('\n')) return;
  std::string line = std::exchange(g_unfinished, {});
  line.resize(line.find_last_not_of(" \n") + 1);
  if (line.empty()) return;
  log_debug("ffmpeg: " + line);
  if (level <= AV_LOG_ERROR) g_last_message = line;
  if (level <= AV_LOG_ERROR && is_of_demuxer(source) && tells_of_early_end(line))
    g_early_end = line;
}

}  // namespace

Frame new_frame() {
  Frame frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  return frame;
}

Packet new_packet() {
  Packet packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  return packet;
}

std::string av_reason(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return text;
}

void route_ffmpeg_log() {
  av_log_set_callback(on_message);
}

std::string take_last_ffmpeg_message() {
  std::lock_guard lock(g_message_mutex);
  return std::exchange(g_last_message, {});
}

std::string take_early_end() {
  std::lock_guard lock(g_message_mutex);
  return std::exchange(g_early_end, {});
}

Io new_io(int buffer_size, void* self, IoPacket read, IoPacket write, IoSeek seek) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(static_cast<size_t>(buffer_size)));
  if (!buffer) throw std::bad_alloc();
  Io io(avio_alloc_context(buffer, buffer_size, write ? 1 : 0, self, read, write, seek));
  if (!io) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  return io;
}

int64_t seek_in(int descriptor, int64_t offset, int whence) {
  if (whence & AVSEEK_SIZE) {
    struct stat info {};
    return ::fstat(descriptor, &info) == 0 ? info.st_size : AVERROR(errno);
  }
  const off_t position = ::lseek(descriptor, offset, whence & ~AVSEEK_FORCE);
  return position >= 0 ? position : AVERROR(errno);
}

}  // namespace svg::video
