// Packets of one stream of a file, and what is wrong with them. For .cpp files of this folder.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "libcore/video/media_input.h"
#include "libcore/video/remarks.h"

namespace svg::video {

// Thrown where a file turns out to be damaged or cut off: the frames so far may still be wanted.
struct Damage {
  std::string what;
  bool decoder_whole = true;  // what the decoder has been given is sound
};

class PacketReader {
 public:
  // Of the video `stream` of `input`, which was opened from `path`; both stay the caller's.
  PacketReader(AVFormatContext& input, const AVStream& stream, const std::string& path,
               const Remarks& remarks);

  // The next packet, without descriptions that a camera added to a JPEG; null at the end. Valid
  // until the next call. Throws Damage; Error{Unavailable} for a picture that FFmpeg cannot read.
  AVPacket* next();

  bool pictures() const { return pictures_; }  // each packet is a picture file
  // EXIF's orientation of the pictures, in the order of the packets; taken by the caller.
  std::deque<int>& orientations() { return orientations_; }

 private:
  bool read();
  bool read(AVPacket& packet);
  void check_end();
  bool near_joint();
  bool joins(int64_t before, const AVPacket& packet) const;
  bool read_picture();
  void strip_descriptions();

  AVFormatContext& input_;
  const AVStream& stream_;
  std::string path_;
  Remarks remarks_;
  Packet packet_ = new_packet();
  std::deque<Packet> ahead_;
  bool y4m_, mp4_, pictures_;
  bool first_ = true;  // no packet has come yet
  bool unread_said_ = false;
  int64_t packets_end_;  // offset behind the last whole packet
  int64_t previous_dts_ = AV_NOPTS_VALUE;
  std::vector<uint8_t> file_;  // a picture's; else empty
  std::deque<int> orientations_;
  int64_t pictures_read_ = 0;
  bool pictures_end_ = false;
};

}  // namespace svg::video
