// What svg-decode does with decoded frames: side by side into a video, and onto a contact sheet,
// with words and marks where they are asked for.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libcore/session/decode.h"
#include "libcore/video/bounded_queue.h"
#include "libcore/video/image.h"
#include "libcore/video/picker.h"
#include "libcore/video/video_writer.h"

namespace svg::session {

struct ShownFrame {
  video::Image image;
  bool generated = false;  // by a model, or given to it
};

// Composes and writes in a thread of its own.
class DecodedPictures {
 public:
  DecodedPictures(const DecodeOptions&, double fps, const std::string& comment);

  void put(std::vector<ShownFrame> frames);  // one a stream, all of the same moment
  void finish();                             // throws Error{Usage} for frames that were not there

 private:
  void write(std::vector<ShownFrame>& frames);
  void keep_for_sheet(size_t stream, const ShownFrame& frame);
  std::vector<std::vector<ShownFrame>> sheet_rows() const;
  video::Image sheet() const;

  DecodeOptions options_;
  std::optional<video::VideoWriter> writer_;
  std::vector<video::Image> labels_;               // above the pictures of the video
  std::vector<video::Picker<ShownFrame>> spread_;  // a row a stream
  std::vector<std::vector<ShownFrame>> chosen_;    // the same, of --sheet-frames
  int64_t seen_ = 0;
  std::optional<video::Consumer<std::vector<ShownFrame>>>
      consumer_;  // last: its thread uses the others
};

}  // namespace svg::session
