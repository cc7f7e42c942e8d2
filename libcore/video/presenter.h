// What a player does to a decoded frame before it shows it, and the words about it. For .cpp files
// of this folder.
#pragma once
#include <string>

#include "libcore/video/filters.h"
#include "libcore/video/media_input.h"
#include "libcore/video/remarks.h"
#include "libcore/video/video_reader.h"

namespace svg::video {

class Presenter {
 public:
  // Of frames of the video `stream` of `input`, called `name` in messages; both stay the caller's.
  Presenter(AVFormatContext& input, AVStream& stream, const std::string& name,
            const ReaderOptions& options);

  // What libavfilter has to do with this frame, and with those that follow until this says
  // otherwise. Marks what the container knows of the frame's fields and colours.
  FilterPlan plan(AVFrame& frame);
  // Says once that transparency is dropped, if this frame has some.
  void look_for_transparency(const AVFrame& frame);
  // The picture as it is shown, of the size that the options ask for. `orientation` of EXIF, or 0:
  // as a display matrix says.
  Image present(AVFrame& frame, int orientation);

 private:
  int turn_of(const AVFrame& frame, int orientation);
  double pixel_aspect(AVFrame& frame);
  void heed_fields(AVFrame& frame);
  void heed_hdr(AVFrame& frame);
  void heed_primaries(AVFrame& frame);
  void warn_of_transparency();

  AVFormatContext& input_;
  AVStream& stream_;
  std::string name_;
  ReaderOptions options_;
  Remarks remarks_;
  Scaler scaler_;
  FilterPlan plan_;
  bool pictures_;
  bool fields_said_ = false, hdr_said_ = false, wide_said_ = false, aspect_said_ = false,
       turn_said_ = false, alpha_said_ = false;
};

}  // namespace svg::video
