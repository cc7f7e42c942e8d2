#include "libcore/learn/frame_dataset.h"

#include <ATen/ATen.h>

#include <fstream>

#include "formats/base/error.h"
#include "formats/base/json.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/pixels.h"

namespace svg::learn {

FrameDataset FrameDataset::read(const std::vector<std::string>& directories) {
  FrameDataset data;
  std::vector<at::Tensor> parts;
  for (const auto& directory : directories) {
    const std::string manifest = directory + "/episodes.jsonl";
    std::ifstream in(manifest);
    require(in.good(), ErrorKind::NoInput, manifest, ": cannot be read: expected a manifest directory");
    std::string line;
    for (int64_t number = 1; std::getline(in, line); ++number) {
      const std::string where = cat(manifest, ":", number);
      const auto episode = parse_json(line, where);
      const auto n = json_get<int64_t>(episode, "n", where), h = json_get<int64_t>(episode, "h", where),
                 w = json_get<int64_t>(episode, "w", where);
      const auto name = directory + "/" + json_get<std::string>(episode, "video", where);
      require(name.ends_with(".rgb"), ErrorKind::Config, where, ": frames for the autoencoder must be stored raw (.rgb)");
      at::Tensor frames = at::empty({n, h, w, 3}, at::kByte);
      std::ifstream video(name, std::ios::binary);
      video.seekg(json_get_or<int64_t>(episode, "video_offset", 0, where));
      video.read(static_cast<char*>(frames.mutable_data_ptr()), static_cast<std::streamsize>(frames.nbytes()));
      require(video.good(), ErrorKind::Data, name, ": shorter than ", where, " says");
      require(parts.empty() || parts.front().sizes().slice(1) == frames.sizes().slice(1), ErrorKind::Config, where,
              ": frames of another size than the episodes before");
      parts.push_back(frames);
    }
  }
  require(!parts.empty(), ErrorKind::NoInput, "no episode in the training data");
  data.frames_ = at::cat(parts, 0);
  return data;
}

at::Tensor FrameDataset::draw(uint64_t seed, int64_t position, int64_t batch) const {
  const auto rows = draw_integers({seed, "frames", position, "order", 0}, 0, frames_.size(0), {batch});
  return pixels_from_bytes(frames_.index_select(0, rows));
}

}  // namespace svg::learn
