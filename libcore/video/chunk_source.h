// Where frames come from, cut into the chunks of an episode: videos, pictures, or the episodes of a
// manifest.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libcore/video/image.h"
#include "libcore/video/video_reader.h"

namespace svg::formats {
struct Manifest;
}

namespace svg::video {

struct FrameChunk {
  std::string episode;
  int64_t index = 0;
  std::string role;    // "input", or "truth" for all but the first chunk of a manifest's episode
  std::string action;  // empty where the source names none
  std::optional<std::string> action_inverse;
  std::vector<Image> frames;
};

// Of a manifest no frames are chosen or resampled (start, duration, every, fps): its chunks are
// fixed ranges.
struct SourceOptions : ReaderOptions {
  int frames = 16;      // of a chunk of a video; the last may have fewer; a manifest has its own
  std::string episode;  // a manifest's: only this one; a video's: its name (default: the file's,
                        // without ending)
  int64_t chunks = 0;   // at most so many of an episode; 0: all
};

class ChunkSource {
 public:
  virtual ~ChunkSource() = default;
  virtual std::optional<FrameChunk> next() = 0;
  virtual double fps() const = 0;  // of the episode at hand; 0: not said
};

// `name`: what VideoReader takes, or a folder with episodes.jsonl and chunks.jsonl, whose frames
// are read chunk by chunk from .rgb files (RGB24, from video_offset on) or videos. Throws what
// VideoReader does; Error{Data} naming file and line for a bad manifest, Error{NoInput} for an
// episode that is not there, Error{Unavailable} for one whose frames are not stored, Error{Usage}
// where the options choose frames of a manifest.
std::unique_ptr<ChunkSource> open_chunks(const std::string& name, const SourceOptions& options);

bool is_manifest(const std::string& name);
// How a video's episode is called: as its file, without ending; "stdin" for "-".
std::string default_episode(const std::string& name);

// The sources of open_chunks.
std::unique_ptr<ChunkSource> open_video_chunks(const std::string& name,
                                               const SourceOptions& options);
std::unique_ptr<ChunkSource> open_manifest_chunks(const std::string& folder,
                                                  const SourceOptions& options);
// Of a manifest that has been read: many of its episodes, each opened alone.
std::unique_ptr<ChunkSource> open_manifest_chunks(std::shared_ptr<const formats::Manifest> manifest,
                                                  const SourceOptions& options);

}  // namespace svg::video
