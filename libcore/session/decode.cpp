#include "libcore/session/decode.h"

#include <ATen/ATen.h>

#include <deque>

#include "formats/provenance.h"
#include "formats/stream/latent_stream.h"
#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/base/signals.h"
#include "libcore/model/latent_codec.h"
#include "libcore/model/latent_space.h"
#include "libcore/session/decode_pictures.h"
#include "libcore/session/guard.h"
#include "libcore/tensor/parameters.h"
#include "libcore/tensor/runtime.h"
#include "libcore/video/bounded_queue.h"

namespace svg::session {
namespace {

using video::Image;

struct StreamItem {
  formats::Record record;  // stream or chunk
  bool cut_off = false;    // the last item of a stream without its end; no record
};

// Reads one stream in a thread of its own, ahead by a few chunks.
class StreamFeed {
 public:
  StreamFeed(const std::string& input, const std::string& episode, const LatentSpace& expected)
      : name_(input == "-" ? "standard input" : input),
        reader_(3, [input, episode, expected](video::BoundedQueue<StreamItem>& out) {
          take_stop_signals();
          read(input, episode, expected, out);
        }) {}

  // The next frames of the stream, or false behind the last.
  bool refill(const LatentCodec& codec) {
    while (frames_.empty()) {
      auto item = reader_.next();
      if (!item) return false;
      if (item->cut_off) {
        cut_off_ = true;
      } else if (item->record.kind() == formats::RecordKind::Stream) {
        header_ = item->record.stream();
      } else {
        const auto blob = item->record.tensors();
        generated_ = item->record.chunk().role == formats::Role::Generated;
        for (auto& image : decode_images(codec, tensor_of(*blob.find("latents"))))
          frames_.push_back({std::move(image), generated_});
        ++chunks_;
      }
    }
    height_ = frames_.front().image.height;
    width_ = frames_.front().image.width;
    return true;
  }

  // The frame that is due, black where the stream has ended.
  ShownFrame take() {
    if (frames_.empty()) return {Image(height_, width_), generated_};
    ShownFrame frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
  }

  const formats::StreamHeader& header() const { return header_; }
  const std::string& name() const { return name_; }
  bool cut_off() const { return cut_off_; }
  int64_t chunks() const { return chunks_; }

 private:
  static void read(const std::string& input, const std::string& episode,
                   const LatentSpace& expected, video::BoundedQueue<StreamItem>& out) {
    try {
      auto reader = formats::StreamReader::open(input);
      while (auto record = reader.next()) {
        const auto kind = record->kind();
        if (kind == formats::RecordKind::Stream)
          check_stream_fits(record->stream(), reader.name(), expected);
        const bool wanted = kind == formats::RecordKind::Stream ||
                            (kind == formats::RecordKind::Chunk &&
                             (episode.empty() || record->chunk().episode == episode));
        if (wanted && !out.push({std::move(*record), false})) return;
      }
      if (reader.cut_off()) out.push({{}, true});
    } catch (const Error&) {
      if (stop_requested())
        throw Interrupted{};  // waiting was cut short; a filter has nothing to save
      throw;
    }
  }

  std::string name_;
  formats::StreamHeader header_;
  std::deque<ShownFrame> frames_;
  int height_ = 0, width_ = 0;
  bool generated_ = false;  // the newest chunk
  int64_t chunks_ = 0;
  bool cut_off_ = false;
  video::Producer<StreamItem> reader_;
};

std::string comment_of(const DecodeOptions& options, const Context& context,
                       const LatentCodec& codec, const std::deque<StreamFeed>& feeds) {
  ordered_json settings{
      {"dtype", name_of(context.dtype)}, {"batch", options.batch},   {"fps", options.fps},
      {"upscale", options.upscale},      {"smooth", options.smooth}, {"crf", options.crf}};
  if (options.vae_tile > 0) settings["vae_tile"] = options.vae_tile;
  if (!options.episode.empty()) settings["episode"] = options.episode;
  ordered_json previous = ordered_json::array();
  for (const auto& feed : feeds) previous.push_back(feed.header().provenance);
  if (previous.size() == 1) previous = ordered_json(previous[0]);
  return formats::make_provenance(context.tool, settings, context.seed,
                                  {{"vae", codec.fingerprint}}, previous)
      .dump();
}

int run(const DecodeOptions& options, Context& context) {
  const LatentCodec codec =
      load_latent_codec(options.model, context, options.batch, options.vae_tile);
  const LatentSpace expected{options.model, codec.fingerprint, codec.vae.config.latent_channels,
                             codec.vae.config.scaling_factor};
  std::deque<StreamFeed> feeds;
  for (const auto& input : options.inputs) feeds.emplace_back(input, options.episode, expected);

  std::optional<DecodedPictures> pictures;
  Progress progress(context.progress, "frame", 0);
  int64_t frames = 0;
  while (true) {
    throw_if_stopped();
    bool any = false;
    for (auto& feed : feeds) any = feed.refill(codec) || any;
    if (!any) break;
    if (!pictures) {
      for (const auto& feed : feeds)
        require(feed.chunks() > 0, feed.cut_off() ? ErrorKind::Data : ErrorKind::Negative,
                feed.name(), ": there is no chunk to decode in it");
      const double fps = options.fps > 0 ? options.fps : feeds[0].header().fps;
      pictures.emplace(options, fps, comment_of(options, context, codec, feeds));
    }
    std::vector<ShownFrame> row;
    for (auto& feed : feeds) row.push_back(feed.take());
    pictures->put(std::move(row));
    progress.update(++frames);
  }
  bool cut_off = false;
  for (const auto& feed : feeds) {
    cut_off = cut_off || feed.cut_off();
    require(feed.chunks() > 0, feed.cut_off() ? ErrorKind::Data : ErrorKind::Negative, feed.name(),
            ": there is no chunk to decode in it");
  }
  pictures->finish();
  for (const auto& feed : feeds) {
    if (!feed.cut_off()) continue;
    const auto message = cat(feed.name(), ": cut off: there is no end record; its ", feed.chunks(),
                             " whole chunks are in the video");
    options.salvage ? log_warn(message) : log_error(message + ": use --salvage if that is enough");
  }
  log_info(cat(frames, " frames -> ",
               options.output.empty()  ? options.sheet
               : options.output == "-" ? "standard output"
                                       : options.output));
  return cut_off && !options.salvage ? static_cast<int>(ErrorKind::Data) : 0;
}

}  // namespace
}  // namespace svg::session

void svg_decode_session(const svg::session::DecodeOptions& options, svg::Context& context,
                        svg::session::Report& report) {
  svg::session::guarded(report, [&]() -> svg::session::Report {
    svg::leave_stop_signals();
    svg::apply_runtime(context);
    return {.json = {}, .text = {}, .exit_code = svg::session::run(options, context)};
  });
}
