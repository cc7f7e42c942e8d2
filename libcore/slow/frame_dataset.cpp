#include "libcore/slow/frame_dataset.h"

#include <ATen/ATen.h>

#include "libcore/base/error.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/pixels.h"
#include "libcore/video/chunk_source.h"

namespace svg::slow {

FrameDataset FrameDataset::read(const std::vector<std::string>& directories) {
  std::vector<uint8_t> bytes;
  int64_t count = 0, height = 0, width = 0;
  for (const auto& directory : directories) {
    const auto source = video::open_chunks(directory, {});
    while (const auto chunk = source->next()) {
      for (const auto& frame : chunk->frames) {
        if (count++ == 0) height = frame.height, width = frame.width;
        require(frame.height == height && frame.width == width, ErrorKind::Config, directory,
                ": episode ", chunk->episode, ": frames are ", frame.width, "x", frame.height,
                ", those before ", width, "x", height);
        bytes.insert(bytes.end(), frame.rgb.begin(), frame.rgb.end());
      }
    }
  }
  require(count > 0, ErrorKind::NoInput, "no episode in the training data");
  FrameDataset data;
  data.frames_ = pictures_from_rgb(bytes, height, width);
  return data;
}

at::Tensor FrameDataset::draw(uint64_t seed, int64_t position, int64_t batch, int64_t part,
                              int64_t parts) const {
  const auto rows =
      draw_integers({seed, "frames", position, "order", 0}, 0, frames_.size(0), {parts * batch})
          .narrow(0, part * batch, batch);
  return pixels_from_bytes(frames_.index_select(0, rows));
}

}  // namespace svg::slow
