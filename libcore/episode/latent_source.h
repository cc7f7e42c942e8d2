// Where the chunks of an episode come from: a latent stream, or memory, as what a planner observes.
#pragma once
#include <ATen/core/Tensor.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "formats/stream/latent_stream.h"
#include "libcore/model/latent_space.h"

namespace svg::episode {

struct LatentChunk {
  formats::ChunkHeader header;
  at::Tensor latents;  // [F, C, h, w] f32, scaled
  // As it stands in the stream that it was read from, so that a copy has the same bytes; null for a
  // chunk that was made.
  std::shared_ptr<const formats::Record> record{};
};

class LatentSource {
 public:
  virtual ~LatentSource() = default;
  // The next chunk; nothing at the end. All are of one episode.
  virtual std::optional<LatentChunk> next() = 0;
  virtual const std::string& name() const = 0;  // for messages
};

// A latent stream of one episode, from a file or standard input ("-").
class StreamSource : public LatentSource {
 public:
  // Throws Error{NoInput}.
  StreamSource(const std::string& path, LatentSpace space);
  // Throws Error{Config} for another model's latents, a second stream or a second episode,
  // Error{Data} as StreamReader does.
  std::optional<LatentChunk> next() override;
  const std::string& name() const override { return reader_.name(); }
  // Of the stream, once its first record was read.
  const std::optional<formats::StreamHeader>& header() const { return header_; }
  // Whether the stream ended without its end record, behind its last whole chunk.
  bool cut_off() const { return reader_.cut_off(); }

 private:
  formats::StreamReader reader_;
  LatentSpace space_;
  std::optional<formats::StreamHeader> header_;
  std::optional<std::string> episode_;
};

// Chunks in memory, in the order in which they are put in; more may be put in at any time.
class BufferSource : public LatentSource {
 public:
  explicit BufferSource(std::string name) : name_(std::move(name)) {}
  void put(LatentChunk chunk) { chunks_.push_back(std::move(chunk)); }
  std::optional<LatentChunk> next() override;
  const std::string& name() const override { return name_; }

 private:
  std::string name_;
  std::deque<LatentChunk> chunks_;
};

}  // namespace svg::episode
