#include "libcore/video/palette.h"

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

#include "libcore/base/error.h"

namespace svg::video {
namespace {

void must(int code, const char* what) {
  require(code >= 0, ErrorKind::Internal, what, " failed: ", av_reason(code));
}

}  // namespace

struct Palette::Graph {
  AVFilterGraph* graph = avfilter_graph_alloc();
  AVFilterContext *source = nullptr, *sink = nullptr;
  ~Graph() { avfilter_graph_free(&graph); }
};

Palette::Palette(int width, int height, AVRational time_base) : graph_(std::make_unique<Graph>()) {
  if (!graph_->graph) throw std::bad_alloc();
  // One thread: the order of the palette must not depend on the machine.
  graph_->graph->nb_threads = 1;
  const std::string chain =
      cat("buffer@in=video_size=", width, "x", height, ":pix_fmt=rgb24:time_base=", time_base.num,
          "/", time_base.den,
          ":pixel_aspect=1/"
          "1,split[a][b];[a]palettegen=stats_mode=single:reserve_transparent=0[p];[b]["
          "p]paletteuse=new=1,buffersink@out");
  AVFilterInOut *inputs = nullptr, *outputs = nullptr;
  const int parsed = avfilter_graph_parse2(graph_->graph, chain.c_str(), &inputs, &outputs);
  avfilter_inout_free(&inputs);
  avfilter_inout_free(&outputs);
  must(parsed, "setting up the GIF palette");
  must(avfilter_graph_config(graph_->graph, nullptr), "setting up the GIF palette");
  graph_->source = avfilter_graph_get_filter(graph_->graph, "buffer@in");
  graph_->sink = avfilter_graph_get_filter(graph_->graph, "buffersink@out");
  require(graph_->source && graph_->sink, ErrorKind::Internal, "setting up the GIF palette failed");
}

Palette::~Palette() = default;

Frame Palette::apply(const AVFrame& rgb) {
  must(av_buffersrc_write_frame(graph_->source, &rgb), "choosing the GIF palette");
  Frame result = new_frame();
  must(av_buffersink_get_frame(graph_->sink, result.get()), "choosing the GIF palette");
  return result;
}

}  // namespace svg::video
