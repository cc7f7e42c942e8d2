// A folder of pictures or a numbered pattern as one video.
#include <filesystem>

#include "libcore/base/error.h"
#include "libcore/video/frame_source.h"
#include "libcore/video/picture_names.h"
#include "libcore/video/remarks.h"

namespace svg::video {
namespace {

class PictureSequence : public FrameSource {
 public:
  PictureSequence(const std::string& name, PictureNames names, const ReaderOptions& options)
      : name_(name), names_(std::move(names)), options_(options), remarks_{options.quiet} {
    if (!names_.gaps.empty()) remarks_.warn(cat(name_, ": ", names_.gaps));
    if (names_.others > 0)
      remarks_.note(cat(name_, ": ", names_.others, " files that are no pictures are left out"));
  }

  double fps() override { return options_.assume_fps; }

  std::optional<TimedFrame> next() override {
    while (position_ < names_.paths.size()) {
      const std::string& path = names_.paths[position_++];
      try {
        auto frame = open_media(path, options_)->next();
        check_size(frame->image, path);
        frame->time = given_++;
        frame->duration = 1;
        return frame;
      } catch (const Error& error) {
        const bool bad = error.kind() == ErrorKind::Data || error.kind() == ErrorKind::NoInput ||
                         error.kind() == ErrorKind::Unavailable;
        if (!options_.skip_bad || !bad || other_size_) throw;
        remarks_.warn(cat(error.what(), ": left out"));
        ++bad_;
      }
    }
    require(given_ > 0, ErrorKind::Data, name_, ": none of its ", bad_, " pictures can be read");
    if (bad_ > 0 && !said_)
      remarks_.warn(cat(name_, ": ", bad_, " of ", names_.paths.size(), " pictures left out"));
    said_ = true;
    return std::nullopt;
  }

 private:
  void check_size(const Image& image, const std::string& path) {
    if (given_ == 0) height_ = image.height, width_ = image.width;
    other_size_ = image.height != height_ || image.width != width_;
    require(!other_size_, ErrorKind::Data, path, ": frame ", given_, " is ", image.width, "x",
            image.height, ", those before ", width_, "x", height_, ": give a size");
  }

  std::string name_;
  PictureNames names_;
  ReaderOptions options_;
  Remarks remarks_;
  size_t position_ = 0;
  int64_t given_ = 0, bad_ = 0;
  int height_ = 0, width_ = 0;
  bool other_size_ = false, said_ = false;
};

}  // namespace

std::unique_ptr<FrameSource> open_picture_sequence(const std::string& name,
                                                   const ReaderOptions& options) {
  if (name == "-") return nullptr;
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored))
    return std::make_unique<PictureSequence>(name, pictures_of_folder(name), options);
  if (auto names = pictures_of_pattern(name))
    return std::make_unique<PictureSequence>(name, std::move(*names), options);
  return nullptr;
}

}  // namespace svg::video
