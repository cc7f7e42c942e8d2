// The videos that a name on the command line stands for. Torch-free.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "formats/data/manifest.h"

namespace svg::eval {

struct VideoRef {
  enum class Kind { Video, Stream, Manifest };
  Kind kind = Kind::Video;
  std::string name;                // what it is paired by
  std::string path;                // file, folder of pictures, or folder of the manifest
  std::string episode{};           // of a stream or manifest
  int64_t chunks = 0;              // of a stream: the episode's, ...
  uint64_t header = 0, first = 0;  // ... and the bytes at which its stream and first chunk begin
  std::shared_ptr<const formats::Manifest> manifest{};

  std::string shown() const;  // for messages: path, and the episode where there is one
};

struct VideoSet {
  std::vector<VideoRef> videos;         // by name, in natural order
  std::vector<std::string> unreadable;  // messages about inputs left out (skip_bad)

  bool has_streams() const;
};

// `input`: a video, a picture pattern, a latent stream (*.latents: an episode each), a folder with
// a manifest (an episode each), or a folder. Of a folder the videos, streams and folders of
// pictures in it, named by their path in it without ending; if it holds pictures themselves, they
// are the one video, named as the folder. Streams are read once, whole. Throws Error{NoInput} where
// nothing is there, Error{Data} for a bad manifest or stream, Error{Config} where two videos have
// one name.
struct ListSettings {
  bool skip_bad = false;  // bad streams are left out
  bool salvage = false;   // streams that are cut off are not bad
};
VideoSet list_videos(const std::string& input, const ListSettings& settings);

struct VideoPair {
  VideoRef generated;
  std::optional<VideoRef> reference;
};

struct PairedVideos {
  std::vector<VideoPair> pairs;
  std::vector<std::string> unpaired;  // messages
};

// By name; two sets of one video each are a pair whatever their names.
PairedVideos pair_videos(const VideoSet& generated, const VideoSet& reference);

}  // namespace svg::eval
