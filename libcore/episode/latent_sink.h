// Where the chunks of an episode go: a latent stream, or memory.
#pragma once
#include <string>
#include <vector>

#include "libcore/episode/latent_source.h"

namespace svg::episode {

class LatentSink {
 public:
  virtual ~LatentSink() = default;
  // A chunk that was read from a stream is copied as it stands there, but for what its header says
  // now.
  virtual void write(const LatentChunk&) = 0;
  virtual void finish() = 0;
};

// A latent stream (StreamWriter): PATH.partial until finish(), or standard output ("-").
class StreamSink : public LatentSink {
 public:
  static StreamSink create(const std::string& path, const formats::StreamHeader&,
                           formats::Durability = formats::Durability::EachRecord);
  // Goes on with PATH.partial behind its last whole record.
  static StreamSink resume(const std::string& path);
  void write(const LatentChunk&) override;
  void finish() override { writer_.finish(); }
  void discard() { writer_.discard(); }

 private:
  explicit StreamSink(formats::StreamWriter writer) : writer_(std::move(writer)) {}
  formats::StreamWriter writer_;
};

class BufferSink : public LatentSink {
 public:
  void write(const LatentChunk& chunk) override { chunks_.push_back(chunk); }
  void finish() override { finished_ = true; }
  const std::vector<LatentChunk>& chunks() const { return chunks_; }
  bool finished() const { return finished_; }

 private:
  std::vector<LatentChunk> chunks_;
  bool finished_ = false;
};

}  // namespace svg::episode
