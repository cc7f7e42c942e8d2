#include "libcore/video/caption.h"

extern "C" {
#include <libavfilter/buffersink.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <new>
#include <utility>

#include "libcore/base/error.h"
#include "libcore/video/ffmpeg.h"

namespace svg::video {
namespace {

constexpr double kLetterWidth = 0.62;   // of the font's size, on average
constexpr double kLetterHeight = 0.72;  // the font's size in a line

int64_t letters_of(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

void check(int code) {
  require(code >= 0, ErrorKind::Unavailable,
          "captions need an FFmpeg with drawtext, and a font (Debian: fonts-dejavu-core): ",
          av_reason(code));
}

// A filter whose options are given one by one: in a description they would need escaping.
AVFilterContext* add(AVFilterGraph* graph, const char* filter, const char* name,
                     std::initializer_list<std::pair<const char*, std::string>> options) {
  const AVFilter* kind = avfilter_get_by_name(filter);
  require(kind != nullptr, ErrorKind::Unavailable, "captions: this FFmpeg has no filter ", filter);
  AVFilterContext* context = avfilter_graph_alloc_filter(graph, kind, name);
  if (!context) throw std::bad_alloc();
  for (const auto& [key, value] : options)
    check(av_opt_set(context, key, value.c_str(), AV_OPT_SEARCH_CHILDREN));
  check(avfilter_init_str(context, nullptr));
  return context;
}

}  // namespace

void check_captions() {
  caption("x", 16, 16);
}

int caption_width(const std::string& text, int height) {
  return static_cast<int>(
      std::ceil(static_cast<double>(letters_of(text) + 1) * kLetterWidth * kLetterHeight * height));
}

Image caption(const std::string& text, int width, int height, Align align, uint8_t grey) {
  route_ffmpeg_log();
  if (text.empty()) return Image(height, width, grey);
  const double letters = static_cast<double>(letters_of(text));
  const int size = std::max(
      6,
      static_cast<int>(std::min(kLetterHeight * height, width / (kLetterWidth * (letters + 0.5)))));
  const Graph graph(avfilter_graph_alloc());
  if (!graph) throw std::bad_alloc();
  graph->nb_threads = 1;
  char colour[16];
  std::snprintf(colour, sizeof colour, "0x%02x%02x%02x", grey, grey, grey);
  AVFilterContext* canvas =
      add(graph.get(), "color", "canvas", {{"color", colour}, {"size", cat(width, "x", height)}});
  AVFilterContext* words = add(graph.get(), "drawtext", "words",
                               {{"text", text},
                                {"expansion", "none"},
                                {"font", "Sans"},
                                {"fontsize", std::to_string(size)},
                                {"fontcolor", "black"},
                                {"x", align == Align::Centre ? "(w-text_w)/2" : cat(size / 4)},
                                // The same base line, whatever the letters.
                                {"y", cat(height / 2 + size * 36 / 100, "-max_glyph_a")}});
  AVFilterContext* format = add(graph.get(), "format", "format", {{"pix_fmts", "rgb24"}});
  AVFilterContext* sink = add(graph.get(), "buffersink", "out", {});
  check(avfilter_link(canvas, 0, words, 0));
  check(avfilter_link(words, 0, format, 0));
  check(avfilter_link(format, 0, sink, 0));
  check(avfilter_graph_config(graph.get(), nullptr));
  const Frame frame = new_frame();
  check(av_buffersink_get_frame(sink, frame.get()));
  Image image(height, width);
  for (int y = 0; y < height; ++y)
    std::memcpy(image.row(y), frame->data[0] + static_cast<ptrdiff_t>(y) * frame->linesize[0],
                static_cast<size_t>(width) * 3);
  return image;
}

}  // namespace svg::video
