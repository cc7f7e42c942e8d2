#include <fstream>
#include <vector>

#include "formats/data/manifest.h"
#include "libcore/base/checked.h"
#include "libcore/base/error.h"
#include "libcore/video/chunk_source.h"
#include "libcore/video/frame_size.h"
#include "libcore/video/video_reader.h"

namespace svg::video {
namespace {

using formats::ChunkRow;
using formats::EpisodeRow;
using formats::Manifest;

// The stored frames of one episode, in order.
class StoredFrames {
 public:
  StoredFrames(const Manifest& manifest, const EpisodeRow& episode, const ReaderOptions& options)
      : fit_width_(options.width), fit_height_(options.height) {
    const auto file = episode.file("video");
    require(file.has_value(), ErrorKind::Unavailable, manifest.dir, ": the frames of episode ",
            episode.ep(), " are not stored: render it with svg-world");
    path_ = manifest.path_of(*file);
    offset_ = file->offset;
    if (!path_.ends_with(".rgb")) {
      video_.emplace(path_, options);
      return;
    }
    check_frame_size(episode.width(), episode.height(),
                     cat(manifest.dir, "/episodes.jsonl: episode ", episode.ep()));
    height_ = static_cast<int>(episode.height());
    width_ = static_cast<int>(episode.width());
    raw_.open(path_, std::ios::binary);
    require(raw_.good(), ErrorKind::NoInput, path_, ": cannot be read, but ", manifest.dir,
            "/episodes.jsonl names it for episode ", episode.ep());
    raw_.seekg(0, std::ios::end);
    size_ = raw_.tellg();
  }

  // Frame `index`; a video is read forward only.
  Image at(int64_t index) {
    if (video_) {
      std::optional<Image> frame;
      require(index >= video_->frames_read(), ErrorKind::Data, path_,
              ": the chunks of a video must follow one another");
      while (video_->frames_read() <= index) {
        frame = video_->next();
        require(frame.has_value(), ErrorKind::Data, path_, ": has ", video_->frames_read(),
                " frames, the manifest asks for frame ", index);
      }
      return std::move(*frame);
    }
    // No memory before the file is known to have the bytes.
    const int64_t bytes = int64_t{3} * height_ * width_;
    const auto whole = checked_product({index + 1, bytes});
    require(whole && offset_ <= size_ && *whole <= size_ - offset_, ErrorKind::Data, path_,
            ": ends within frame ", index, " of ", width_, "x", height_,
            " that the manifest asks for");
    Image frame(height_, width_);
    raw_.seekg(offset_ + index * bytes);
    raw_.read(reinterpret_cast<char*>(frame.rgb.data()), bytes);
    require(raw_.gcount() == bytes, ErrorKind::Io, path_, ": cannot read frame ", index);
    return fit_width_ > 0 ? fit(frame, fit_width_, fit_height_) : frame;
  }

 private:
  int height_ = 0, width_ = 0, fit_width_, fit_height_;
  std::string path_;
  std::optional<VideoReader> video_;
  std::ifstream raw_;
  int64_t offset_ = 0, size_ = 0;
};

class ManifestChunks : public ChunkSource {
 public:
  ManifestChunks(std::shared_ptr<const Manifest> manifest, const SourceOptions& options)
      : manifest_(std::move(manifest)), options_(options) {
    const std::string& folder = manifest_->dir;
    require(
        options.fps <= 0 && options.start <= 0 && options.duration <= 0 && options.every == 1,
        ErrorKind::Usage, folder,
        ": the chunks of a manifest are fixed ranges of frames: choosing or resampling frames "
        "(--fps, --start, --duration, --every) is for videos; --assume-fps states another rate");
    for (const EpisodeRow& episode : manifest_->episodes)
      if (options.episode.empty() || episode.ep() == options.episode) episodes_.push_back(&episode);
    require(!episodes_.empty(), ErrorKind::NoInput, folder, "/episodes.jsonl: ",
            options.episode.empty() ? "holds no episode" : "has no episode " + options.episode);
  }

  std::optional<FrameChunk> next() override {
    while (position_ == chunks_.size()) {
      if (next_episode_ == episodes_.size()) return std::nullopt;
      open(*episodes_[next_episode_++]);
    }
    const ChunkRow& row = *chunks_[position_];
    FrameChunk chunk{.episode = row.ep(),
                     .index = row.k(),
                     .role = position_ == 0 ? "input" : "truth",
                     .action = row.text(),
                     .action_inverse = row.text_inverse(),
                     .frames = {}};
    for (int64_t t = row.out().begin; t < row.out().end; ++t)
      chunk.frames.push_back(frames_->at(t));
    ++position_;
    return chunk;
  }

  double fps() const override { return fps_; }

 private:
  void open(const EpisodeRow& episode) {
    chunks_ = manifest_->chunks_of(episode.ep());
    require(!chunks_.empty(), ErrorKind::Data, manifest_->dir,
            "/chunks.jsonl: has no chunk of episode ", episode.ep());
    if (options_.chunks > 0 && chunks_.size() > static_cast<size_t>(options_.chunks))
      chunks_.resize(static_cast<size_t>(options_.chunks));
    position_ = 0;
    fps_ = options_.assume_fps > 0 ? options_.assume_fps : episode.fps();
    frames_.emplace(*manifest_, episode, options_);
  }

  std::shared_ptr<const Manifest> manifest_;
  SourceOptions options_;
  std::vector<const EpisodeRow*> episodes_;
  std::vector<const ChunkRow*> chunks_;  // of the episode at hand
  size_t next_episode_ = 0, position_ = 0;
  std::optional<StoredFrames> frames_;
  double fps_ = 0;
};

}  // namespace

std::unique_ptr<ChunkSource> open_manifest_chunks(const std::string& folder,
                                                  const SourceOptions& options) {
  return open_manifest_chunks(std::make_shared<const Manifest>(Manifest::read(folder)), options);
}

std::unique_ptr<ChunkSource> open_manifest_chunks(std::shared_ptr<const Manifest> manifest,
                                                  const SourceOptions& options) {
  return std::make_unique<ManifestChunks>(std::move(manifest), options);
}

}  // namespace svg::video
