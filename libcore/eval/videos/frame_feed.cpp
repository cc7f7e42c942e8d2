#include "libcore/eval/videos/frame_feed.h"

#include <ATen/core/Tensor.h>

#include <deque>

#include "formats/stream/latent_stream.h"
#include "libcore/base/error.h"
#include "libcore/model/latent_space.h"
#include "libcore/tensor/parameters.h"
#include "libcore/video/chunk_source.h"
#include "libcore/video/video_reader.h"

namespace svg::eval {
namespace {

using video::Image;

class VideoFeed : public FrameFeed {
 public:
  VideoFeed(const std::string& path, const video::ReaderOptions& options)
      : reader_(path, options) {}
  std::optional<FedFrame> next() override {
    auto image = reader_.next();
    if (!image) return std::nullopt;
    return FedFrame{std::move(*image), std::nullopt};
  }

 private:
  video::VideoReader reader_;
};

// Chunk by chunk; a derived class knows where the next one comes from.
class ChunkedFeed : public FrameFeed {
 public:
  std::optional<FedFrame> next() override {
    if (frames_.empty() && !refill()) return std::nullopt;
    FedFrame frame{std::move(frames_.front()), chunk_};
    frames_.pop_front();
    return frame;
  }

 protected:
  virtual bool refill() = 0;  // false behind the last
  void take(std::vector<Image> images, int64_t chunk) {
    for (auto& image : images) frames_.push_back(std::move(image));
    chunk_ = chunk;
  }

 private:
  std::deque<Image> frames_;
  int64_t chunk_ = 0;
};

class ManifestFeed : public ChunkedFeed {
 public:
  ManifestFeed(const VideoRef& video, bool salvage) {
    video::SourceOptions options;
    options.salvage = salvage;
    options.episode = video.episode;
    source_ = video::open_manifest_chunks(video.manifest, options);
  }

 protected:
  bool refill() override {
    auto chunk = source_->next();
    if (chunk) take(std::move(chunk->frames), chunk->index);
    return chunk.has_value();
  }

 private:
  std::unique_ptr<video::ChunkSource> source_;
};

// From the episode's first chunk on; a stream may hold its episodes in step: the others' chunks are
// passed over.
class StreamFeed : public ChunkedFeed {
 public:
  StreamFeed(const VideoRef& video, const FeedSettings& settings)
      : video_(video),
        codec_(*settings.codec),
        space_{settings.model, codec_.fingerprint, codec_.vae.config.latent_channels,
               codec_.vae.config.scaling_factor},
        reader_(formats::StreamReader::open(video.path)) {
    reader_.seek(video.header);
    const auto header = reader_.next();
    require(header && header->kind() == formats::RecordKind::Stream, ErrorKind::Data,
            video_.shown(), ": changed while it was read");
    check_stream_fits(header->stream(), video_.path, space_);
    reader_.seek(video.first);
  }

 protected:
  bool refill() override {
    while (taken_ < video_.chunks) {
      const auto record = reader_.next();
      require(record.has_value(), ErrorKind::Data, video_.shown(), ": changed while it was read");
      if (record->kind() == formats::RecordKind::Stream)
        check_stream_fits(record->stream(), video_.path, space_);
      if (record->kind() != formats::RecordKind::Chunk) continue;
      const auto chunk = record->chunk();
      if (chunk.episode != video_.episode) continue;
      require(chunk.index > last_, ErrorKind::Data, video_.shown(), ": chunk ", chunk.index,
              " comes behind chunk ", last_);
      last_ = chunk.index;
      ++taken_;
      const auto blob = record->tensors();
      take(decode_images(codec_, tensor_of(*blob.find("latents"))), chunk.index);
      return true;
    }
    return false;
  }

 private:
  const VideoRef video_;
  const LatentCodec& codec_;
  const LatentSpace space_;
  formats::StreamReader reader_;
  int64_t taken_ = 0, last_ = -1;
};

}  // namespace

std::unique_ptr<FrameFeed> open_feed(const VideoRef& video, const FeedSettings& settings) {
  switch (video.kind) {
    case VideoRef::Kind::Manifest:
      return std::make_unique<ManifestFeed>(video, settings.salvage);
    case VideoRef::Kind::Stream:
      return std::make_unique<StreamFeed>(video, settings);
    case VideoRef::Kind::Video:
      break;
  }
  video::ReaderOptions options;
  options.salvage = settings.salvage;
  return std::make_unique<VideoFeed>(video.path, options);
}

}  // namespace svg::eval
