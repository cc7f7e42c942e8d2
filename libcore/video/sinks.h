// The ways in which VideoWriter writes. For .cpp files of this folder.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "libcore/video/video_names.h"
#include "libcore/video/video_writer.h"

namespace svg::video {

struct VideoWriter::Sink {
  virtual ~Sink() = default;
  virtual void write(const Image& frame, int64_t index) = 0;
  virtual void finish() = 0;
};

std::unique_ptr<VideoWriter::Sink> open_container(Container container, const std::string& name,
                                                  const WriterOptions& options);
std::unique_ptr<VideoWriter::Sink> open_pictures(const std::string& pattern);

}  // namespace svg::video
