#include "libcore/video/presenter.h"

#include <cmath>

#include "libcore/base/error.h"
#include "libcore/video/color.h"
#include "libcore/video/frame_facts.h"
#include "libcore/video/frame_size.h"
#include "libcore/video/orientation.h"
#include "libcore/video/transparency.h"

namespace svg::video {
namespace {

// Pixels beyond this are a mistake in the header.
constexpr double kWidestPixel = 16;
// The deinterlacer looks at lines around each line.
constexpr int kLeastSideOfFields = 4;

}  // namespace

Presenter::Presenter(AVFormatContext& input, AVStream& stream, const std::string& name,
                     const ReaderOptions& options)
    : input_(input),
      stream_(stream),
      name_(name),
      options_(options),
      remarks_{options.quiet},
      pictures_(is_picture_format(input)) {
  const AVDictionaryEntry* alpha = av_dict_get(stream.metadata, "alpha_mode", nullptr, 0);
  if (alpha && std::string(alpha->value) == "1")
    warn_of_transparency();  // VP8, VP9: a second video
}

FilterPlan Presenter::plan(AVFrame& frame) {
  heed_fields(frame);
  heed_hdr(frame);
  if (plan_.hdr == AVCOL_TRC_UNSPECIFIED) heed_primaries(frame);
  return plan_;
}

void Presenter::heed_fields(AVFrame& frame) {
  if (!is_interlaced(frame) && !tells_interlace(stream_.codecpar->codec_id)) {
    const AVFieldOrder order = stream_.codecpar->field_order;
    if (order > AV_FIELD_PROGRESSIVE)
      mark_interlaced(frame, order == AV_FIELD_TT || order == AV_FIELD_TB);
  }
  if (fields_said_ || !is_interlaced(frame) || frame.height < kLeastSideOfFields ||
      frame.width < kLeastSideOfFields)
    return;
  fields_said_ = true;
  const auto missing = missing_deinterlacer();
  plan_.deinterlace = !options_.as_stored && !missing;
  remarks_.warn(cat(name_, ": interlaced: ",
                    plan_.deinterlace
                        ? "made whole frames of its fields (bwdif); --as-stored keeps them"
                        : "both fields stand in one frame, as stored",
                    missing ? ": " + *missing : ""));
}

void Presenter::heed_hdr(AVFrame& frame) {
  const bool pq = frame.color_trc == AVCOL_TRC_SMPTE2084,
             hdr = pq || frame.color_trc == AVCOL_TRC_ARIB_STD_B67;
  if (!hdr) return;
  if (!hdr_said_) {
    hdr_said_ = true;
    const auto missing = missing_tone_mapper();
    if (!options_.as_stored && !missing) plan_.hdr = frame.color_trc;
    remarks_.warn(cat(name_, ": HDR (", pq ? "PQ" : "HLG", "): ",
                      plan_.hdr != AVCOL_TRC_UNSPECIFIED
                          ? "mapped to SDR (zscale, tonemap=hable); --as-stored keeps the values"
                          : "its values are taken as if they were SDR, which looks pale",
                      missing ? ": " + *missing : ""));
  }
  if (plan_.hdr == AVCOL_TRC_UNSPECIFIED) return;
  const AVPixFmtDescriptor* kind = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (frame.color_primaries == AVCOL_PRI_UNSPECIFIED) frame.color_primaries = AVCOL_PRI_BT2020;
  if (frame.colorspace == AVCOL_SPC_UNSPECIFIED)
    frame.colorspace = kind->flags & AV_PIX_FMT_FLAG_RGB ? AVCOL_SPC_RGB : AVCOL_SPC_BT2020_NCL;
}

// Primaries of BT.470 and SMPTE 170M are near those of BT.709, and many files state them wrongly:
// only the wide ones change what is seen.
void Presenter::heed_primaries(AVFrame& frame) {
  const bool bt2020 = frame.color_primaries == AVCOL_PRI_BT2020;
  if (!bt2020 && frame.color_primaries != AVCOL_PRI_SMPTE431 &&
      frame.color_primaries != AVCOL_PRI_SMPTE432)
    return;
  if (hdr_said_) return;  // that its values are taken as they are has been said
  if (!wide_said_) {
    wide_said_ = true;
    const auto missing = missing_color_mapper();
    plan_.wide = !options_.as_stored && !missing;
    remarks_.warn(cat(name_, ": wide gamut (", bt2020 ? "BT.2020" : "P3", "): ",
                      plan_.wide ? "mapped to BT.709 (zscale); --as-stored keeps the values"
                                 : "its values are taken as if they were BT.709, which looks pale",
                      missing ? ": " + *missing : ""));
  }
  if (!plan_.wide) return;
  const AVPixFmtDescriptor* kind = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (frame.color_trc == AVCOL_TRC_UNSPECIFIED) frame.color_trc = AVCOL_TRC_BT709;
  if (kind->flags & AV_PIX_FMT_FLAG_RGB) frame.colorspace = AVCOL_SPC_RGB;
  else if (frame.colorspace == AVCOL_SPC_UNSPECIFIED)
    frame.colorspace = bt2020 ? AVCOL_SPC_BT2020_NCL : default_matrix(frame.height);
}

void Presenter::look_for_transparency(const AVFrame& frame) {
  if (has_transparency(frame)) warn_of_transparency();
}

void Presenter::warn_of_transparency() {
  if (!alpha_said_)
    remarks_.warn(name_ +
                  ": has transparent parts: transparency is dropped, and what lies beneath them is "
                  "taken");
  alpha_said_ = true;
}

double Presenter::pixel_aspect(AVFrame& frame) {
  if (pictures_) return 1;  // what pictures state is the density of prints
  const AVRational sar = av_guess_sample_aspect_ratio(&input_, &stream_, &frame);
  const double aspect = sar.num > 0 && sar.den > 0 ? av_q2d(sar) : 1;
  if (aspect == 1) return 1;
  const double width = std::round(frame.width * aspect);
  const bool plausible = aspect <= kWidestPixel && aspect >= 1 / kWidestPixel && width >= 1 &&
                         width <= kMaxFrameSide && width * frame.height <= kMaxFramePixels;
  const bool squared = plausible && !options_.as_stored;
  if (!aspect_said_)
    remarks_.warn(
        cat(name_, ": its pixels are ", sar.num, ":", sar.den, ", not square: ",
            squared ? cat("scaled from ", frame.width, "x", frame.height, " to ",
                          static_cast<int>(width), "x", frame.height, "; --as-stored keeps them")
                    : "taken as stored, which looks squeezed"));
  aspect_said_ = true;
  return squared ? aspect : 1;
}

int Presenter::turn_of(const AVFrame& frame, int orientation) {
  int turn = orientation;
  if (turn == 0) {
    const int32_t* matrix = display_matrix(stream_, frame);
    const auto known = matrix ? orientation_of_matrix(matrix) : 1;
    if (!known && !turn_said_)
      remarks_.warn(name_ + ": asks players to turn it by no quarter: taken as stored");
    if (!known) turn_said_ = true;
    turn = known.value_or(1);
  }
  if (turn == 1) return 1;
  const bool turns = options_.autorotate && !options_.as_stored;
  if (!turn_said_) {
    if (turns)
      remarks_.note(name_ + ": turned upright, as the file asks; --no-autorotate keeps it");
    else remarks_.warn(name_ + ": the file asks to turn or mirror the picture; taken as stored");
  }
  turn_said_ = true;
  return turns ? turn : 1;
}

Image Presenter::present(AVFrame& frame, int orientation) {
  const int turn = turn_of(frame, orientation);
  const bool sideways = turn >= 5;  // rows are what were columns
  const double stored = pixel_aspect(frame), aspect = sideways ? 1 / stored : stored;
  Image image = turned(rgb_from_frame(frame, scaler_), turn);
  if (options_.width > 0) return fit(image, options_.width, options_.height, aspect);
  if (aspect == 1) return image;
  const int width = sideways ? image.width : static_cast<int>(std::lround(image.width * aspect)),
            height = sideways ? static_cast<int>(std::lround(image.height / aspect)) : image.height;
  return fit(image, width, height, aspect);
}

}  // namespace svg::video
