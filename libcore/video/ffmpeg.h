// What the files of this folder share: FFmpeg's C objects with owners, its error codes as text, its
// log through ours. Included by .cpp files only, so that no user of svg_video sees libav headers.
#pragma once
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}
#include <memory>
#include <string>

namespace svg::video {

struct FrameDeleter {
  void operator()(AVFrame* p) const { av_frame_free(&p); }
};
struct PacketDeleter {
  void operator()(AVPacket* p) const { av_packet_free(&p); }
};
struct CodecDeleter {
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
};
struct ScalerDeleter {
  void operator()(SwsContext* p) const { sws_freeContext(p); }
};
struct GraphDeleter {
  void operator()(AVFilterGraph* p) const { avfilter_graph_free(&p); }
};
using Graph = std::unique_ptr<AVFilterGraph, GraphDeleter>;
using Frame = std::unique_ptr<AVFrame, FrameDeleter>;
using Packet = std::unique_ptr<AVPacket, PacketDeleter>;
using Codec = std::unique_ptr<AVCodecContext, CodecDeleter>;
using Scaler = std::unique_ptr<SwsContext, ScalerDeleter>;

struct IoDeleter {
  void operator()(AVIOContext* p) const {
    av_freep(&p->buffer);
    avio_context_free(&p);
  }
};
using Io = std::unique_ptr<AVIOContext, IoDeleter>;

using IoPacket = int (*)(void* self, uint8_t* data, int size);
using IoSeek = int64_t (*)(void* self, int64_t offset, int whence);
// Bytes through functions of ours: one of `read` and `write`, and `seek` where that can be (else
// null). Throws std::bad_alloc.
Io new_io(int buffer_size, void* self, IoPacket read, IoPacket write, IoSeek seek);
// An IoSeek's answer for a descriptor.
int64_t seek_in(int descriptor, int64_t offset, int whence);

Frame new_frame();  // throws std::bad_alloc
Packet new_packet();

std::string av_reason(int code);  // av_strerror
// Sends FFmpeg's messages to our log at debug level. Safe to call often.
void route_ffmpeg_log();
// FFmpeg's last error message since the call before, or nothing: it often says more than the error
// code.
std::string take_last_ffmpeg_message();
// What a demuxer said since the call before about a file that ends too early, or nothing: many then
// report an ordinary end. It may have been said while the streams were looked for.
std::string take_early_end();

}  // namespace svg::video
