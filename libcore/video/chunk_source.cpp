#include "libcore/video/chunk_source.h"

#include <filesystem>

#include "libcore/video/video_reader.h"

namespace svg::video {
namespace {

class VideoChunks : public ChunkSource {
 public:
  VideoChunks(const std::string& name, const SourceOptions& options)
      : options_(options), reader_(name, options) {
    episode_ = !options.episode.empty() ? options.episode : default_episode(name);
  }

  std::optional<FrameChunk> next() override {
    if (done_ || (options_.chunks > 0 && index_ >= options_.chunks)) return std::nullopt;
    FrameChunk chunk{.episode = episode_,
                     .index = index_,
                     .role = "input",
                     .action = "",
                     .action_inverse = {},
                     .frames = {}};
    while (!done_ && static_cast<int>(chunk.frames.size()) < options_.frames) {
      auto frame = reader_.next();
      if (frame) chunk.frames.push_back(std::move(*frame));
      else done_ = true;
    }
    if (chunk.frames.empty()) return std::nullopt;
    ++index_;
    return chunk;
  }

  double fps() const override { return reader_.fps(); }

 private:
  SourceOptions options_;
  VideoReader reader_;
  std::string episode_;
  int64_t index_ = 0;
  bool done_ = false;
};

}  // namespace

bool is_manifest(const std::string& name) {
  std::error_code ignored;
  return name != "-" && std::filesystem::exists(name + "/episodes.jsonl", ignored);
}

std::string default_episode(const std::string& name) {
  if (name == "-") return "stdin";
  // The absolute path, so that "." and "walk/" have a name as well.
  std::error_code ignored;
  std::filesystem::path path(name);
  if (!path.has_filename() || path.filename() == "." || path.filename() == "..")
    path = std::filesystem::weakly_canonical(path, ignored);
  if (!path.has_filename()) path = path.parent_path();
  return std::filesystem::is_directory(path, ignored) ? path.filename().string()
                                                      : path.stem().string();
}

std::unique_ptr<ChunkSource> open_video_chunks(const std::string& name,
                                               const SourceOptions& options) {
  return std::make_unique<VideoChunks>(name, options);
}

std::unique_ptr<ChunkSource> open_chunks(const std::string& name, const SourceOptions& options) {
  if (is_manifest(name)) return open_manifest_chunks(name, options);
  return open_video_chunks(name, options);
}

}  // namespace svg::video
