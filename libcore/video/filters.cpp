#include "libcore/video/filters.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

#include <new>

#include "libcore/base/error.h"

namespace svg::video {
namespace {

struct InOutDeleter {
  void operator()(AVFilterInOut* p) const { avfilter_inout_free(&p); }
};
using InOut = std::unique_ptr<AVFilterInOut, InOutDeleter>;

std::optional<std::string> missing(std::initializer_list<const char*> filters) {
  for (const char* name : filters)
    if (!avfilter_get_by_name(name)) return std::string("this FFmpeg has no filter ") + name;
  return std::nullopt;
}

// One frame for one frame, and those that are not marked as interlaced pass unchanged. Tone mapping
// in linear light, as FFmpeg's documentation of `tonemap` has it; 203 cd/m2 is the reference white
// of ITU-R BT.2408.
std::string description_of(const FilterPlan& plan) {
  std::string chain;
  if (plan.deinterlace) chain = "bwdif=mode=send_frame:parity=auto:deint=interlaced";
  if (plan.hdr != AVCOL_TRC_UNSPECIFIED)
    chain += (chain.empty() ? "" : ",") +
             std::string(
                 "zscale=transfer=linear:npl=203,format=gbrpf32le,zscale=primaries=bt709,"
                 "tonemap=hable:desat=0,zscale=transfer=bt709:matrix=gbr:range=full,"
                 "format=gbrp");
  else if (plan.wide)
    chain += (chain.empty() ? "" : ",") +
             std::string(
                 "zscale=transfer=linear,format=gbrpf32le,zscale=primaries=bt709,"
                 "zscale=transfer=bt709:matrix=gbr:range=full,format=gbrp");
  return chain;
}

}  // namespace

std::optional<std::string> missing_deinterlacer() {
  return missing({"bwdif"});
}
std::optional<std::string> missing_tone_mapper() {
  return missing({"zscale", "tonemap"});
}
std::optional<std::string> missing_color_mapper() {
  return missing({"zscale"});
}

FilterChain::FilterChain(const FilterPlan& plan, const AVFrame& first, const std::string& name)
    : plan_(plan),
      width_(first.width),
      height_(first.height),
      format_(first.format),
      name_(name),
      graph_(avfilter_graph_alloc()) {
  if (!graph_) throw std::bad_alloc();
  graph_->nb_threads = 1;
  // Times pass through as they are: the unit does not matter.
  std::string arguments = cat("video_size=", width_, "x", height_, ":pix_fmt=", format_,
                              ":time_base=1/1000000:pixel_aspect=1/1");
#if LIBAVFILTER_VERSION_INT >= AV_VERSION_INT(10, 0, 100)
  arguments += cat(":colorspace=", int{first.colorspace}, ":range=", int{first.color_range});
#endif
  check(avfilter_graph_create_filter(&source_, avfilter_get_by_name("buffer"), "in",
                                     arguments.c_str(), nullptr, graph_.get()),
        "opening");
  check(avfilter_graph_create_filter(&sink_, avfilter_get_by_name("buffersink"), "out", nullptr,
                                     nullptr, graph_.get()),
        "opening");
  InOut outputs(avfilter_inout_alloc()), inputs(avfilter_inout_alloc());
  if (!outputs || !inputs) throw std::bad_alloc();
  outputs->name = av_strdup("in");
  outputs->filter_ctx = source_;
  inputs->name = av_strdup("out");
  inputs->filter_ctx = sink_;
  AVFilterInOut *in = inputs.release(), *out = outputs.release();
  const int parsed =
      avfilter_graph_parse_ptr(graph_.get(), description_of(plan).c_str(), &in, &out, nullptr);
  inputs.reset(in);
  outputs.reset(out);
  check(parsed, "opening");
  check(avfilter_graph_config(graph_.get(), nullptr), "opening");
}

bool FilterChain::takes(const FilterPlan& plan, const AVFrame& frame) const {
  return plan == plan_ && frame.width == width_ && frame.height == height_ &&
         frame.format == format_;
}

void FilterChain::push(AVFrame* frame) {
  check(av_buffersrc_add_frame_flags(source_, frame, AV_BUFFERSRC_FLAG_KEEP_REF), "running");
}

bool FilterChain::pull(AVFrame* frame) {
  const int code = av_buffersink_get_frame(sink_, frame);
  if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return false;
  check(code, "running");
  return true;
}

void FilterChain::check(int code, const char* what) const {
  require(code >= 0, ErrorKind::Unavailable, name_, ": ", what, " FFmpeg's filters ",
          description_of(plan_), " failed: ", av_reason(code), ": use --as-stored");
}

}  // namespace svg::video
