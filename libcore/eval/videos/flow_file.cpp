#include "libcore/eval/videos/flow_file.h"

#include <filesystem>

#include "libcore/base/checked.h"
#include "libcore/base/error.h"
#include "libcore/eval/npy_file.h"

namespace svg::eval {
namespace {

constexpr int64_t kMostSide = 16384;  // formats/manifest.md

}  // namespace

FlowFile::FlowFile(const std::string& path, int64_t offset, int64_t count, int64_t height,
                   int64_t width)
    : path_(path), file_(path, std::ios::binary), offset_(offset), count_(count) {
  require(file_.good(), ErrorKind::NoInput, path, ": cannot be opened");
  require(height > 0 && height <= kMostSide && width > 0 && width <= kMostSide, ErrorKind::Data,
          path, ": flow of ", width, "x", height, ": expected sides from 1 to ", kMostSide);
  height_ = static_cast<int>(height);
  width_ = static_cast<int>(width);
  const auto bytes = checked_product({count, 2, height, width, int64_t{sizeof(float)}});
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  require(!error && bytes && checked_add({offset, *bytes}) &&
              size >= static_cast<uint64_t>(offset + *bytes),
          ErrorKind::Data, path, ": ends before its ", count, " planes of ", width, "x", height);
}

FlowFile FlowFile::of_episode(const VideoRef& video) {
  require(has_flow(video), ErrorKind::Data, video.shown(),
          ": its manifest has no flow: svg-world --flow writes it");
  const auto* episode = video.manifest->find_episode(video.episode);
  const auto file = *episode->file("flow");
  return FlowFile(video.manifest->path_of(file), file.offset, episode->frames(), episode->height(),
                  episode->width());
}

FlowFile FlowFile::of_npy(const std::string& path) {
  const auto header = read_npy_header(path);
  const auto& shape = header.shape;
  require(shape.size() == 4 && header.item_bytes == 4, ErrorKind::Data, path,
          ": expected f32 in C order, [pairs, 2, height, width]: save it with numpy.save");
  require(shape[1] == 2, ErrorKind::Data, path, ": flow has two numbers a pixel, this has ",
          shape[1]);
  return FlowFile(path, header.offset, shape[0], shape[2], shape[3]);
}

FlowView FlowFile::at(int64_t index) {
  require(index >= 0 && index < count_, ErrorKind::Data, path_, ": has ", count_,
          " planes of flow, but number ", index, " is asked for");
  const auto values = 2 * int64_t{height_} * width_;
  const auto bytes = values * int64_t{sizeof(float)};
  plane_.resize(static_cast<size_t>(values));
  file_.seekg(offset_ + index * bytes);
  file_.read(reinterpret_cast<char*>(plane_.data()), bytes);
  require(file_.gcount() == bytes, ErrorKind::Io, path_, ": cannot read plane ", index);
  return {plane_.data(), height_, width_};
}

bool has_flow(const VideoRef& video) {
  if (!video.manifest || video.kind != VideoRef::Kind::Manifest) return false;
  const auto* episode = video.manifest->find_episode(video.episode);
  return episode != nullptr && episode->file("flow").has_value();
}

}  // namespace svg::eval
