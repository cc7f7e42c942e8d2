// What a player does to decoded frames before it shows them, by libavfilter: fields to frames, HDR
// to SDR, wide gamuts to BT.709. For .cpp files of this folder.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "libcore/video/ffmpeg.h"

namespace svg::video {

struct FilterPlan {
  bool deinterlace = false;
  AVColorTransferCharacteristic hdr = AVCOL_TRC_UNSPECIFIED;  // else PQ or HLG
  bool wide = false;  // SDR, but with primaries far from BT.709's
  bool operator==(const FilterPlan&) const = default;
  bool empty() const { return !deinterlace && !wide && hdr == AVCOL_TRC_UNSPECIFIED; }
};

// Whether this FFmpeg has what converting takes; else the filters that are missing, in words.
std::optional<std::string> missing_deinterlacer();
std::optional<std::string> missing_tone_mapper();
std::optional<std::string> missing_color_mapper();

class FilterChain {
 public:
  // For frames of this one's size and format. Throws Error{Unavailable} where libavfilter refuses.
  FilterChain(const FilterPlan& plan, const AVFrame& first, const std::string& name);
  bool takes(const FilterPlan& plan, const AVFrame& frame) const;
  void push(AVFrame* frame);  // null: the end; keeps a reference
  bool pull(AVFrame* frame);  // false: none is ready

 private:
  void check(int code, const char* what) const;

  FilterPlan plan_;
  int width_, height_, format_;
  std::string name_;
  Graph graph_;
  AVFilterContext *source_ = nullptr, *sink_ = nullptr;  // owned by graph_
};

}  // namespace svg::video
