// The frames of one video, whatever holds them.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "libcore/eval/videos/video_set.h"
#include "libcore/model/latent_codec.h"
#include "libcore/video/image.h"

namespace svg::eval {

struct FedFrame {
  video::Image image;
  std::optional<int64_t> chunk;  // its number, where the source is made of chunks
};

class FrameFeed {
 public:
  virtual ~FrameFeed() = default;
  // Nothing behind the last frame. Throws what libcore/video's readers and StreamReader do.
  virtual std::optional<FedFrame> next() = 0;
};

struct FeedSettings {
  const LatentCodec* codec = nullptr;  // for streams; must outlive the feeds
  std::string model{};                 // its directory, for messages
  bool salvage = false;                // a damaged video ends, with a warning, before the damage
};

// The frames of a manifest's episode are those of its chunks' outputs, as svg-encode takes them.
// Throws Error{Config} for a stream of another VAE.
std::unique_ptr<FrameFeed> open_feed(const VideoRef& video, const FeedSettings& settings);

}  // namespace svg::eval
