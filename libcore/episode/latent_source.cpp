#include "libcore/episode/latent_source.h"

#include <ATen/ATen.h>

#include "libcore/base/error.h"
#include "libcore/tensor/parameters.h"

namespace svg::episode {

StreamSource::StreamSource(const std::string& path, LatentSpace space)
    : reader_(formats::StreamReader::open(path)), space_(std::move(space)) {}

std::optional<LatentChunk> StreamSource::next() {
  while (auto record = reader_.next()) {
    if (record->kind() == formats::RecordKind::Stream) {
      require(!header_, ErrorKind::Config, name(),
              ": holds more than one stream: expected one episode");
      header_ = record->stream();
      check_stream_fits(*header_, name(), space_);
    }
    if (record->kind() != formats::RecordKind::Chunk) continue;
    LatentChunk chunk{.header = record->chunk(), .latents = {}};
    if (!episode_) episode_ = chunk.header.episode;
    require(*episode_ == chunk.header.episode, ErrorKind::Config, name(), ": holds the episodes \"",
            *episode_, "\" and \"", chunk.header.episode, "\": expected one episode");
    chunk.record = std::make_shared<formats::Record>(std::move(*record));
    const auto tensors = chunk.record->tensors();
    chunk.latents = tensor_of(*tensors.find("latents")).to(at::kFloat);
    return chunk;
  }
  return std::nullopt;
}

std::optional<LatentChunk> BufferSource::next() {
  if (chunks_.empty()) return std::nullopt;
  auto chunk = std::move(chunks_.front());
  chunks_.pop_front();
  return chunk;
}

}  // namespace svg::episode
