#include "libcore/video/packet_reader.h"

#include <algorithm>
#include <new>
#include <span>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/video/orientation.h"
#include "libcore/video/picture_file.h"
#include "libcore/video/torn_end.h"
#include "libcore/video/unread.h"

namespace svg::video {

PacketReader::PacketReader(AVFormatContext& input, const AVStream& stream, const std::string& path,
                           const Remarks& remarks)
    : input_(input),
      stream_(stream),
      path_(path),
      remarks_(remarks),
      y4m_(std::string(input.iformat->name) == "yuv4mpegpipe"),
      mp4_(std::string(input.iformat->name).starts_with("mov,")),
      pictures_(is_picture_format(input)),
      packets_end_(avio_tell(input.pb)) {
  if (!pictures_ || !is_stored_file(path_)) return;
  // Whole, because the end of a picture is not the end of the file, and its parts can be told apart
  // only in the whole.
  const std::string bytes = read_file(path_);
  file_.assign(bytes.begin(), bytes.end());
}

AVPacket* PacketReader::next() {
  if (!(pictures_ ? read_picture() : read())) return nullptr;
  if (packet_->flags & AV_PKT_FLAG_CORRUPT) {
    if (!near_joint()) throw Damage{"the packet is corrupt"};
    packet_->flags &= ~AV_PKT_FLAG_CORRUPT;
  }
  previous_dts_ = packet_->dts;
  if (stream_.codecpar->codec_id == AV_CODEC_ID_MJPEG && !pictures_) strip_descriptions();
  return packet_.get();
}

bool PacketReader::read() {
  if (ahead_.empty()) return read(*packet_);
  packet_ = std::move(ahead_.front());
  ahead_.pop_front();
  return true;
}

bool PacketReader::read(AVPacket& packet) {
  int code = 0;
  do {  // an AVI stores a left-out frame as a packet of no bytes
    av_packet_unref(&packet);
    code = av_read_frame(&input_, &packet);
  } while (code >= 0 && (packet.stream_index != stream_.index || packet.size == 0));
  if (code == AVERROR_EOF) {
    check_end();
    return false;
  }
  if (code < 0) {
    // The index of an mp4 that was not made for pipes stands behind the frames; of some pictures
    // FFmpeg must know the size.
    const bool one_way = input_.pb && !(input_.pb->seekable & AVIO_SEEKABLE_NORMAL);
    require(!one_way || !first_ || !(mp4_ || pictures_), ErrorKind::Data, shown_name(path_),
            ": cannot be read through a pipe: give the file by its name",
            mp4_ ? ", or make it with ffmpeg -movflags +faststart" : "");
    throw Damage{ffmpeg_reason(code)};
  }
  first_ = false;
  packets_end_ = avio_tell(input_.pb);
  return true;
}

// What passes for the end of the file with FFmpeg.
void PacketReader::check_end() {
  const int failure = input_.pb ? input_.pb->error : 0;
  if (failure < 0 && failure != AVERROR_EOF) throw Damage{"reading failed: " + av_reason(failure)};
  if (y4m_ && avio_tell(input_.pb) != packets_end_) throw Damage{"it is incomplete"};
  if (const std::string said = take_early_end(); !said.empty()) throw Damage{said};
  if (!is_stored_file(path_)) return;
  const std::string format = input_.iformat->name;
  if (ends_torn(format, path_)) throw Damage{"it is incomplete"};
  const int64_t unread = unread_bytes(format, path_);
  if (unread > 0 && !unread_said_)
    remarks_.warn(cat(shown_name(path_), ": ", unread,
                      " bytes behind the end of the video are not read; if files were joined end "
                      "to end, give them one by one"));
  unread_said_ = true;
}

// A demuxer of transport streams marks a packet near a break in the counters; FFmpeg's parsers
// shift the mark by one. That is damage, but where two whole recordings are joined: there the clock
// jumps as well, to a key frame.
bool PacketReader::near_joint() {
  if (!(input_.iformat->flags & AVFMT_TS_DISCONT)) return false;
  if (joins(previous_dts_, *packet_)) return true;
  int64_t before = packet_->dts;
  for (size_t i = 0; i < 2; ++i) {
    if (i == ahead_.size()) {
      Packet packet = new_packet();
      if (!read(*packet)) return false;
      ahead_.push_back(std::move(packet));
    }
    if (joins(before, *ahead_[i])) return true;
    before = ahead_[i]->dts;
  }
  return false;
}

bool PacketReader::joins(int64_t before, const AVPacket& packet) const {
  if (before == AV_NOPTS_VALUE || packet.dts == AV_NOPTS_VALUE) return false;
  const double step =
      (static_cast<double>(packet.dts) - static_cast<double>(before)) * av_q2d(stream_.time_base);
  return (packet.flags & AV_PKT_FLAG_KEY) && (step <= 0 || step > 1);
}

bool PacketReader::read_picture() {
  if (pictures_read_ > 0 && (!file_.empty() || pictures_end_)) return false;
  std::span<const uint8_t> bytes(file_);
  if (file_.empty()) {
    if (!read()) return false;
    bytes = {packet_->data, static_cast<size_t>(packet_->size)};
  }
  const AVCodecID codec = stream_.codecpar->codec_id;
  if (is_animated_webp(bytes) && codec == AV_CODEC_ID_WEBP)
    fail(ErrorKind::Unavailable, shown_name(path_),
         ": is an animated WebP; this FFmpeg reads only still ones: convert it to GIF or a video "
         "first");
  const bool marked = codec == AV_CODEC_ID_PNG || codec == AV_CODEC_ID_MJPEG;
  if (pictures_read_ > 0 && marked && picture_type(bytes) == PictureType::Other) {
    remarks_.note(cat(shown_name(path_), ": ", bytes.size(),
                      " bytes behind the picture are no picture: left out"));
    return false;
  }
  orientations_.push_back(orientation_of_picture(bytes));
  const BarePicture bare = bare_picture(bytes);
  pictures_end_ = bare.parts || bare.rest.size() > 64;
  if (!file_.empty() && !bare.parts && picture_type(bare.rest) != PictureType::Other)
    remarks_.warn(cat(shown_name(path_), ": holds another picture behind the first, ",
                      bare.rest.size(), " bytes that are not read: give pictures one by one"));
  if (has_more_pages(bytes))
    remarks_.warn(shown_name(path_) + ": holds more than one page; only the first is read");
  ++pictures_read_;
  Packet whole = new_packet();
  if (bare.bytes.size() > (size_t{1} << 30) ||
      av_new_packet(whole.get(), static_cast<int>(bare.bytes.size())) < 0)
    throw std::bad_alloc();
  std::copy(bare.bytes.begin(), bare.bytes.end(), whole->data);
  whole->pts = whole->dts = pictures_read_ - 1;
  whole->flags = AV_PKT_FLAG_KEY;  // else the PNG decoder adds the picture to the one before
  packet_ = std::move(whole);
  return true;
}

// Cameras write their notes into the frames of Motion JPEG as well.
void PacketReader::strip_descriptions() {
  const std::span<const uint8_t> bytes(packet_->data, static_cast<size_t>(packet_->size));
  if (picture_type(bytes) != PictureType::Jpeg) return;
  const BarePicture bare = bare_picture(bytes);
  // Two fields in one packet stay together.
  if (bare.bytes.size() + bare.rest.size() == bytes.size() || bare.rest.size() > 64) return;
  if (av_packet_make_writable(packet_.get()) < 0) throw std::bad_alloc();
  std::copy(bare.bytes.begin(), bare.bytes.end(), packet_->data);
  av_shrink_packet(packet_.get(), static_cast<int>(bare.bytes.size()));
}

}  // namespace svg::video
