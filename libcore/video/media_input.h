// Opening files with FFmpeg: what is let in. For .cpp files of this folder.
#pragma once
#include <memory>
#include <string>

#include "libcore/video/ffmpeg.h"
#include "libcore/video/standard_input.h"

namespace svg::video {

// An open container.
class Input {
 public:
  AVFormatContext& operator*() const { return *context_; }
  AVFormatContext* operator->() const { return context_.get(); }
  AVFormatContext* get() const { return context_.get(); }
  // Of the kinds that picture_file.h knows to be beyond FFmpeg: Error{Unavailable} with advice;
  // Error{Data} for playlists.
  void refuse_known_unreadable() const;

 private:
  friend Input open_input(const std::string& name);
  std::string known_as() const;
  struct Closer {
    void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
  };
  std::string name_;
  std::unique_ptr<StandardInput> standard_input_;  // null: a file
  std::unique_ptr<AVFormatContext, Closer> context_;
};

// Opens a file, or "-" for standard input, and finds its streams. Only files and pipes, and only
// formats that hold their own pictures: playlists, manifests and drawings would make FFmpeg read
// other files and hosts. Frames beyond frame_size.h are refused before they are allocated. Throws
// Error{NoInput}, Error{Data}, Error{Unavailable}, Interrupted.
Input open_input(const std::string& name);

// How the input is called in messages.
std::string shown_name(const std::string& name);
// FFmpeg's last message, or the error code in words.
std::string ffmpeg_reason(int code);
// Pictures: their demuxers assume 25 frames a second.
bool is_picture_format(const AVFormatContext& input);
// A regular file, which can be read as often as one likes; not standard input.
bool is_stored_file(const std::string& name);

}  // namespace svg::video
