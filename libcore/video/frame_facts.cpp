#include "libcore/video/frame_facts.h"

namespace svg::video {

int64_t duration_of(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 2, 100)
  return frame.duration;
#else
  return frame.pkt_duration;
#endif
}

bool is_interlaced(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  return frame.flags & AV_FRAME_FLAG_INTERLACED;
#else
  return frame.interlaced_frame;
#endif
}

void mark_interlaced(AVFrame& frame, bool top_first) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  frame.flags |= AV_FRAME_FLAG_INTERLACED | (top_first ? AV_FRAME_FLAG_TOP_FIELD_FIRST : 0);
#else
  frame.interlaced_frame = 1;
  frame.top_field_first = top_first;
#endif
}

bool tells_interlace(AVCodecID codec) {
  return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC ||
         codec == AV_CODEC_ID_MPEG2VIDEO || codec == AV_CODEC_ID_MPEG4 || codec == AV_CODEC_ID_VC1;
}

const int32_t* display_matrix(const AVStream& stream, const AVFrame& frame) {
  if (const auto* side = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX))
    return reinterpret_cast<const int32_t*>(side->data);
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  const auto* side =
      av_packet_side_data_get(stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data,
                              AV_PKT_DATA_DISPLAYMATRIX);
  return side ? reinterpret_cast<const int32_t*>(side->data) : nullptr;
#else
  return reinterpret_cast<const int32_t*>(
      av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr));
#endif
}

}  // namespace svg::video
