#include "libcore/slow/latent_dataset.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "formats/stream/latent_stream.h"
#include "libcore/base/error.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/parameters.h"

namespace svg::slow {

namespace {

// A list of distinct texts, and where each of them stands in it.
class Numbered {
 public:
  explicit Numbered(std::vector<std::string>& list) : list_(list) {}
  int32_t number_of(const std::string& text) {
    const auto [it, inserted] = places_.try_emplace(text, static_cast<int32_t>(list_.size()));
    if (inserted) list_.push_back(text);
    return it->second;
  }

 private:
  std::vector<std::string>& list_;
  std::map<std::string, int32_t> places_;
};

}  // namespace

LatentDataset LatentDataset::read(const std::vector<std::string>& streams,
                                  const std::optional<LatentSpace>& space) {
  LatentDataset data;
  std::vector<at::Tensor> parts;
  int64_t row = 0, stream = -1;
  Numbered texts(data.texts_), inverses(data.inverses_);
  for (const auto& path : streams) {
    ++stream;
    auto reader = formats::StreamReader::open(path);
    std::string episode;
    int64_t before = 0, index = -1;
    while (auto record = reader.next()) {
      if (record->kind() == formats::RecordKind::Stream) {
        if (space) check_stream_fits(record->stream(), path, *space);
        index = -1;
      }
      if (record->kind() != formats::RecordKind::Chunk) continue;
      const auto header = record->chunk();
      const auto view = record->tensors();
      const auto* latents = view.find("latents");
      require(latents, ErrorKind::Data, path, ": a chunk record holds no tensor \"latents\"");
      at::Tensor x = tensor_of(*latents).to(at::kFloat);
      if (!parts.empty() && x.sizes().slice(1) != parts.front().sizes().slice(1)) {
        fail(ErrorKind::Config, path, ": latents of another size than the streams before");
      }
      const bool first = index < 0 || header.episode != episode;
      require(first || header.index == index + 1, ErrorKind::Data, path, ": episode ",
              header.episode, ": chunk ", header.index, " follows chunk ", index,
              ": expected the chunks of an episode in order");
      if (first) before = 0;
      episode = header.episode;
      index = header.index;
      if (first) data.episodes_.push_back(episode);
      data.chunks_.push_back({.first = row,
                              .frames = x.size(0),
                              .before = before,
                              .text = texts.number_of(header.action),
                              .inverse = inverses.number_of(header.action_inverse.value_or("")),
                              .episode = static_cast<int32_t>(data.episodes_.size()) - 1,
                              .origin = {.stream = stream,
                                         .chunk = header.index,
                                         .item = data.chunk_count(),
                                         .memory = header.memory.value_or(0)}});
      row += x.size(0);
      before += x.size(0);
      parts.push_back(x);
    }
    require(!reader.cut_off(), ErrorKind::Data, path, ": cut off: encode the data again");
  }
  require(!parts.empty(), ErrorKind::NoInput, "no chunk in the training streams");
  data.frames_ = at::cat(parts, 0);
  return data;
}

const std::vector<int32_t>& LatentDataset::usable(int64_t past, int64_t future) const {
  for (const auto& [key, list] : usable_) {
    if (key == std::make_pair(past, future)) return list;
  }
  std::vector<int32_t> list;
  for (size_t i = 0; i < chunks_.size(); ++i) {
    if (chunks_[i].before >= past && chunks_[i].frames >= future)
      list.push_back(static_cast<int32_t>(i));
  }
  require(!list.empty(), ErrorKind::Config, "no chunk of the training data has ", past,
          " frames before it and ", future, " of its own");
  usable_.emplace_back(std::make_pair(past, future), std::move(list));
  return usable_.back().second;
}

LatentDataset::Batch LatentDataset::draw(uint64_t seed, int64_t position, int64_t batch,
                                         int64_t past, int64_t future) const {
  const auto& items = usable(past, future);
  const auto n = static_cast<int64_t>(items.size());
  Batch out;
  std::vector<at::Tensor> rows;
  int64_t epoch = -1;
  at::Tensor order;
  for (int64_t i = 0; i < batch; ++i) {
    const int64_t at_epoch = (position + i) / n;
    if (at_epoch != epoch) {
      epoch = at_epoch;
      order = draw_uniform({seed, "data", past * 1000 + future, "order", epoch}, {n}).argsort();
    }
    const auto& chunk = chunks_[static_cast<size_t>(
        items[static_cast<size_t>(order[(position + i) % n].item<int64_t>())])];
    rows.push_back(frames_.narrow(0, chunk.first - past, past + future));
    out.texts.push_back(texts_[static_cast<size_t>(chunk.text)]);
    out.origins.push_back(chunk.origin);
  }
  out.latents = at::stack(rows);
  return out;
}

LatentDataset::Item LatentDataset::item(int64_t number, int64_t past) const {
  const auto& chunk = chunks_.at(static_cast<size_t>(number));
  const int64_t before = std::min(past, chunk.before);
  return {.origin = chunk.origin,
          .episode = episodes_[static_cast<size_t>(chunk.episode)],
          .text = texts_[static_cast<size_t>(chunk.text)],
          .inverse = inverses_[static_cast<size_t>(chunk.inverse)],
          .frames = frames_.narrow(0, chunk.first, chunk.frames),
          .past = frames_.narrow(0, chunk.first - before, before)};
}

int64_t LatentDataset::item_count(int64_t past, int64_t future) const {
  return static_cast<int64_t>(usable(past, future).size());
}

at::IntArrayRef LatentDataset::frame_shape() const {
  return frames_.sizes().slice(1);
}

std::vector<std::string> LatentDataset::distinct_texts() const {
  return texts_;
}

}  // namespace svg::slow
