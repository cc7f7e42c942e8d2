#include "libcore/video/ffmpeg.h"

#include <cstdarg>
#include <mutex>
#include <new>
#include <utility>

#include "formats/base/log.h"

namespace svg::video {
namespace {

std::mutex g_message_mutex;
std::string g_last_message;

void on_message(void* source, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_INFO) return;
  char line[1024];
  int prefix = 0;  // leave FFmpeg's own "[mov @ 0x...]" out: addresses differ from run to run
  av_log_format_line(source, level, format, arguments, line, sizeof line, &prefix);
  std::string text = line;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (text.empty()) return;
  if (level <= AV_LOG_ERROR) {
    std::lock_guard lock(g_message_mutex);
    g_last_message = text;
  }
  log_debug("ffmpeg: " + text);
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

}  // namespace svg::video
