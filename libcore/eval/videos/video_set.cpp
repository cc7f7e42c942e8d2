#include "libcore/eval/videos/video_set.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "formats/stream/latent_stream.h"
#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"
#include "libcore/base/signals.h"
#include "libcore/video/chunk_source.h"
#include "libcore/video/picture_names.h"
#include "libcore/video/video_names.h"

namespace svg::eval {
namespace {

namespace fs = std::filesystem;
using Kind = VideoRef::Kind;

constexpr const char* kStreamEnding = ".latents";
constexpr std::array<const char*, 22> kVideoEndings{
    ".mp4",  ".m4v", ".mov", ".webm", ".mkv", ".avi", ".gif", ".y4m", ".mpg", ".mpeg", ".ts",
    ".m2ts", ".mts", ".ogv", ".ogg",  ".flv", ".wmv", ".asf", ".mxf", ".nut", ".ivf",  ".apng"};

bool is_video_name(const std::string& name) {
  return std::any_of(kVideoEndings.begin(), kVideoEndings.end(),
                     [&](const char* ending) { return video::has_ending(name, ending); });
}

std::string without_ending(const std::string& name) {
  return name.substr(0, name.rfind('.'));
}

// Where the chunks of an episode stand.
struct InStream {
  int64_t chunks = 0;
  uint64_t header = 0, first = 0;
};

// Of each episode. All records are read, so that damage shows before anything is measured.
std::map<std::string, InStream> episodes_of_stream(const std::string& path, bool salvage) {
  std::map<std::string, InStream> chunks;
  auto reader = formats::StreamReader::open(path);
  uint64_t header = 0;
  for (uint64_t at = 0; const auto record = reader.next(); at = reader.offset()) {
    throw_if_stopped();
    if (record->kind() == formats::RecordKind::Stream) header = at;
    if (record->kind() != formats::RecordKind::Chunk) continue;
    auto& episode = chunks[record->chunk().episode];
    if (episode.chunks++ == 0) episode.header = header, episode.first = at;
  }
  require(!reader.cut_off() || salvage, ErrorKind::Data, path,
          ": cut off: there is no end record; --salvage measures its whole chunks");
  if (reader.cut_off()) log_warn(path + ": cut off: there is no end record");
  require(!chunks.empty(), ErrorKind::Data, path, ": holds no chunk");
  return chunks;
}

class Listing {
 public:
  explicit Listing(const ListSettings& settings) : settings_(settings) {}

  // A stream's episodes are called by their own names, where `name` is empty or they are several.
  void add_stream(const std::string& path, const std::string& name) {
    try {
      const auto episodes = episodes_of_stream(path, settings_.salvage);
      for (const auto& [episode, in] : episodes) {
        const auto called = name.empty()           ? episode
                            : episodes.size() == 1 ? name
                                                   : cat(name, "/", episode);
        set_.videos.push_back({.kind = Kind::Stream,
                               .name = called,
                               .path = path,
                               .episode = episode,
                               .chunks = in.chunks,
                               .header = in.header,
                               .first = in.first});
      }
    } catch (const Error& error) {
      if (!settings_.skip_bad || error.kind() == ErrorKind::System) throw;
      set_.unreadable.push_back(error.what());
    }
  }

  void add_manifest(const std::string& folder) {
    const auto manifest =
        std::make_shared<const formats::Manifest>(formats::Manifest::read(folder));
    for (const auto& episode : manifest->episodes)
      set_.videos.push_back({.kind = Kind::Manifest,
                             .name = episode.ep(),
                             .path = folder,
                             .episode = episode.ep(),
                             .manifest = manifest});
  }

  void add_video(const std::string& path, const std::string& name) {
    set_.videos.push_back({.kind = Kind::Video, .name = name, .path = path});
  }

  void add_folder(const std::string& folder, const std::string& prefix) {
    std::vector<std::string> pictures, others;
    bool holds_videos = false;
    for (const auto& name : names_in(folder)) {
      if (name.starts_with('.')) continue;
      const auto path = (fs::path(folder) / name).string();
      if (is_folder(path)) {
        add_folder(path, cat(prefix, name, "/"));
      } else if (video::has_ending(name, kStreamEnding)) {
        add_stream(path, prefix + without_ending(name));
        holds_videos = true;
      } else if (is_video_name(name)) {
        add_video(path, prefix + without_ending(name));
        holds_videos = true;
      } else {
        (video::is_picture_name(name) ? pictures : others).push_back(name);
      }
    }
    if (!holds_videos && !pictures.empty())
      add_video(folder, prefix.empty() ? video::default_episode(folder)
                                       : prefix.substr(0, prefix.size() - 1));
    if (holds_videos) others.insert(others.end(), pictures.begin(), pictures.end());
    if (!others.empty())
      log_info(cat(folder, ": ", others.size(), " files are taken for no videos, ", others.front(),
                   " for one"));
  }

  VideoSet finish(const std::string& input) {
    auto& videos = set_.videos;
    require(!videos.empty() || !set_.unreadable.empty(), ErrorKind::NoInput, input,
            ": holds no video, latent stream or picture");
    std::sort(videos.begin(), videos.end(), [](const VideoRef& a, const VideoRef& b) {
      return video::natural_less(a.name, b.name);
    });
    const auto twin =
        std::adjacent_find(videos.begin(), videos.end(),
                           [](const VideoRef& a, const VideoRef& b) { return a.name == b.name; });
    require(twin == videos.end(), ErrorKind::Config, input, ": two videos are called ",
            twin == videos.end() ? "" : twin->name, ": pairs are made by name");
    return std::move(set_);
  }

 private:
  ListSettings settings_;
  VideoSet set_;
};

}  // namespace

std::string VideoRef::shown() const {
  return episode.empty() ? path : path + ": episode " + episode;
}

bool VideoSet::has_streams() const {
  return std::any_of(videos.begin(), videos.end(),
                     [](const VideoRef& v) { return v.kind == Kind::Stream; });
}

VideoSet list_videos(const std::string& input, const ListSettings& settings) {
  Listing listing(settings);
  const bool there = path_exists(input);
  require(there || input.find('%') != input.npos, ErrorKind::NoInput, input, ": is not there",
          dangling_note(input));
  if (there && video::is_manifest(input)) listing.add_manifest(input);
  else if (there && is_folder(input)) listing.add_folder(input, "");
  else if (video::has_ending(input, kStreamEnding)) listing.add_stream(input, "");
  else listing.add_video(input, video::default_episode(input));
  return listing.finish(input);
}

PairedVideos pair_videos(const VideoSet& generated, const VideoSet& reference) {
  PairedVideos out;
  const bool nothing_lost = generated.unreadable.empty() && reference.unreadable.empty();
  if (generated.videos.size() == 1 && reference.videos.size() == 1 && nothing_lost) {
    out.pairs.push_back({generated.videos[0], reference.videos[0]});
    return out;
  }
  std::map<std::string, const VideoRef*> waiting;
  for (const auto& video : reference.videos) waiting[video.name] = &video;
  for (const auto& video : generated.videos) {
    const auto match = waiting.find(video.name);
    if (match == waiting.end()) {
      out.unpaired.push_back(video.shown() + ": the reference has no " + video.name);
      continue;
    }
    out.pairs.push_back({video, *match->second});
    waiting.erase(match);
  }
  for (const auto& [name, video] : waiting)
    out.unpaired.push_back(video->shown() + ": no generated video is called " + name);
  return out;
}

}  // namespace svg::eval
