#include "libcore/session/decode_pictures.h"

#include <algorithm>
#include <utility>

#include "libcore/base/error.h"
#include "libcore/video/caption.h"
#include "libcore/video/compose.h"
#include "libcore/video/video_reader.h"

namespace svg::session {
namespace {

using video::Image;

Image enlarged(Image image, const DecodeOptions& o) {
  if (o.upscale == 1) return image;
  return o.smooth ? video::fit(image, image.width * o.upscale, image.height * o.upscale)
                  : video::upscale(image, o.upscale);
}

// As it is shown. The origin is marked where the reader is told what the streams are.
Image shown(ShownFrame frame, const DecodeOptions& o) {
  Image image = enlarged(std::move(frame.image), o);
  if (o.labels.empty()) return image;
  return video::with_origin(image, frame.generated);
}

int line_height(const Image& picture) {
  return std::clamp(picture.height / 8, 12, 40);
}

// Words above the columns.
Image header_of(const std::vector<std::string>& words, int width, int height, int gap) {
  std::vector<Image> parts;
  for (const auto& text : words) parts.push_back(video::caption(text, width, height));
  return video::beside(parts, gap);
}

// The same where none are asked for: where it is given, and where generated.
Image origins_of(const std::vector<std::vector<ShownFrame>>& rows, int width, int height, int gap) {
  std::vector<Image> parts;
  size_t columns = 0;
  for (const auto& row : rows) columns = std::max(columns, row.size());
  const auto is_generated = [&](size_t column) {
    return std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
      return column < row.size() && row[column].generated;
    });
  };
  for (size_t from = 0; from < columns;) {
    size_t to = from + 1;
    while (to < columns && is_generated(to) == is_generated(from)) ++to;
    const int all = static_cast<int>(to - from) * (width + gap) - gap;
    parts.push_back(video::caption(is_generated(from) ? "generated from here on" : "given", all,
                                   height, video::Align::Left));
    from = to;
  }
  return video::beside(parts, gap);
}

}  // namespace

DecodedPictures::DecodedPictures(const DecodeOptions& options, double fps,
                                 const std::string& comment)
    : options_(options) {
  if (!options.labels.empty() || !options.sheet_captions.empty()) video::check_captions();
  if (!options.output.empty())
    writer_.emplace(options.output,
                    video::WriterOptions{.fps = fps, .crf = options.crf, .comment = comment});
  for (size_t i = 0; i < options.inputs.size(); ++i) spread_.emplace_back(options.sheet_columns);
  chosen_.assign(options.inputs.size(), std::vector<ShownFrame>(options.sheet_frames.size()));
  consumer_.emplace(16, [this](std::vector<ShownFrame> frames) { write(frames); });
}

void DecodedPictures::put(std::vector<ShownFrame> frames) {
  consumer_->put(std::move(frames));
}

void DecodedPictures::finish() {
  consumer_->finish();
  if (!options_.sheet.empty()) {
    for (const int64_t frame : options_.sheet_frames)
      require(frame < seen_, ErrorKind::Usage, "--sheet-frames ", frame, ": there are ", seen_,
              " frames, counted from 0");
    video::write_png(options_.sheet, sheet());
  }
  if (writer_) writer_->finish();
}

void DecodedPictures::write(std::vector<ShownFrame>& frames) {
  std::vector<Image> images;
  for (size_t i = 0; i < frames.size(); ++i) {
    if (!options_.sheet.empty()) keep_for_sheet(i, frames[i]);
    if (!writer_) continue;
    images.push_back(shown(std::move(frames[i]), options_));
    if (options_.labels.empty()) continue;
    const Image& picture = images.back();
    // Every frame of a stream has one size.
    if (labels_.size() <= i)
      labels_.push_back(video::caption(options_.labels[i], picture.width, line_height(picture)));
    images.back() = video::below({labels_[i], picture}, 0);
  }
  ++seen_;
  if (writer_) writer_->write(images.size() == 1 ? images[0] : video::beside(images, options_.gap));
}

void DecodedPictures::keep_for_sheet(size_t stream, const ShownFrame& frame) {
  if (options_.sheet_frames.empty()) return spread_[stream].add(frame);
  for (size_t k = 0; k < options_.sheet_frames.size(); ++k)
    if (options_.sheet_frames[k] == seen_) chosen_[stream][k] = frame;
}

std::vector<std::vector<ShownFrame>> DecodedPictures::sheet_rows() const {
  if (!options_.sheet_frames.empty()) return chosen_;
  std::vector<std::vector<ShownFrame>> rows;
  for (const auto& picker : spread_) rows.push_back(picker.picked());
  return rows;
}

Image DecodedPictures::sheet() const {
  const auto rows = sheet_rows();
  std::vector<std::vector<Image>> images;
  int width = 0, height = 0;
  for (const auto& row : rows) {
    images.emplace_back();
    for (const auto& frame : row) {
      images.back().push_back(shown(frame, options_));
      width = std::max(width, images.back().back().width);
      height = std::max(height, images.back().back().height);
    }
  }
  const int gap = options_.gap;
  Image sheet = video::contact_sheet(images, gap);
  const bool labelled = !options_.labels.empty();
  if (!labelled && options_.sheet_captions.empty()) return sheet;
  const int line = line_height(Image(height, width));
  const Image header = options_.sheet_captions.empty()
                           ? origins_of(rows, width, line, gap)
                           : header_of(options_.sheet_captions, width, line, gap);
  sheet = video::below({video::beside({Image(line, gap, 255), header}, 0), sheet}, 0);
  if (!labelled) return sheet;
  int label_width = 0;
  for (const auto& text : options_.labels)
    label_width = std::max(label_width, video::caption_width(text, line));
  std::vector<Image> labels = {Image(line, label_width, 255)};
  for (const auto& text : options_.labels) {
    const Image words = video::caption(text, label_width, line, video::Align::Left);
    const int above = (height - line) / 2;
    labels.push_back(video::below(
        {Image(above, label_width, 255), words, Image(height - line - above, label_width, 255)},
        0));
  }
  return video::beside({video::below(labels, gap), sheet}, 0);
}

}  // namespace svg::session
