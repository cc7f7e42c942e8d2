#include "libcore/model/encode_inputs.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "formats/provenance.h"
#include "formats/stream/latent_stream.h"
#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"
#include "libcore/base/signals.h"
#include "libcore/model/latent_codec.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/parameters.h"
#include "libcore/tensor/runtime.h"
#include "libcore/video/bounded_queue.h"
#include "libcore/video/chunk_source.h"
#include "libcore/video/episode_names.h"

namespace svg {
namespace {

struct SourceChunk {
  video::FrameChunk chunk;
  double fps = 0;
};

class Encoder {
 public:
  Encoder(const EncodeSettings& options, const Context& context)
      : options_(options),
        context_(context),
        codec_(load_latent_codec(options.model, context, options.batch, options.vae_tile)),
        writer_(formats::StreamWriter::create(options.output, formats::Durability::WhenFinished)) {
    const std::string where = options.model + "/svg.json";
    const int64_t frames = options.frames > 0
                               ? options.frames
                               : json_get_or<int64_t>(codec_.settings, "future", 16, where);
    require(frames >= 1 && std::in_range<int>(frames), ErrorKind::Config,
            options.frames > 0 ? "--frames" : where + ": \"future\"", " is ", frames,
            ", expected 1 to ", std::numeric_limits<int>::max());
    source_.frames = static_cast<int>(frames);
    source_.width =
        options.width > 0 ? options.width : json_get_or<int>(codec_.settings, "width", 0, where);
    source_.height =
        options.height > 0 ? options.height : json_get_or<int>(codec_.settings, "height", 0, where);
    source_.chunks = options.chunks;
    source_.fps = options.fps;
    source_.assume_fps = options.assume_fps;
    source_.start = options.start;
    source_.duration = options.duration;
    source_.every = options.every;
    source_.autorotate = !options.no_autorotate;
    source_.as_stored = options.as_stored;
    source_.salvage = options.salvage;
    source_.skip_bad = options.skip_bad;
    names_ = video::episode_names(options.inputs, options.episode);
    model_fps_ = json_get_or<double>(codec_.settings, "fps", 8, where);
  }

  void run() {
    try {
      Progress progress(context_.progress, "chunk", 0);
      int64_t bad = 0;
      for (input_ = 0; input_ < options_.inputs.size(); ++input_) {
        source_.episode = names_[input_];
        const auto& input = options_.inputs[input_];
        if (options_.skip_bad && !readable(input)) ++bad;
        else encode(input, progress);
      }
      require(chunks_ > 0, ErrorKind::Data, "none of the ", bad, " inputs can be read");
      if (bad > 0) log_warn(cat(bad, " of ", options_.inputs.size(), " inputs left out"));
      writer_.finish();
    } catch (...) {
      writer_.discard();
      throw;
    }
    log_info(cat(chunks_, " chunks, ", frames_, " frames -> ",
                 options_.output == "-" ? "standard output" : options_.output));
  }

 private:
  // A first pass, because what is written cannot be taken back. Pipes are read but once: they count
  // as readable.
  bool readable(const std::string& input) const {
    video::SourceOptions quiet = source_;
    quiet.quiet = true;
    try {
      const bool once =
          input == "-" || (path_exists(input) && !is_regular_file(input) && !is_folder(input));
      if (once) return true;
      const auto chunks = video::open_chunks(input, quiet);
      while (chunks->next()) throw_if_stopped();
      return true;
    } catch (const Error& error) {
      const bool bad = error.kind() == ErrorKind::Data || error.kind() == ErrorKind::NoInput ||
                       error.kind() == ErrorKind::Unavailable;
      if (!bad) throw;
      log_warn(cat(error.what(), ": left out"));
      return false;
    }
  }

  void encode(const std::string& input, Progress& progress) {
    video::Producer<SourceChunk> reader(
        2, [&input, source = source_](video::BoundedQueue<SourceChunk>& out) {
          take_stop_signals();
          const auto chunks = video::open_chunks(input, source);
          while (auto chunk = chunks->next())
            if (!out.push({std::move(*chunk), chunks->fps()})) return;
        });
    while (auto item = reader.next()) {
      throw_if_stopped();
      write(item->chunk, item->fps, input);
      progress.update(chunks_);
    }
  }

  void write(const video::FrameChunk& chunk, double source_fps, const std::string& input) {
    const auto& first = chunk.frames.front();
    const int64_t step = codec_.reduction(), count = static_cast<int64_t>(chunk.frames.size());
    require(first.height % step == 0 && first.width % step == 0, ErrorKind::Config, input,
            ": frames are ", first.width, "x", first.height, ", but the VAE of ", options_.model,
            " needs multiples of ", step, ": give --size");
    const int64_t channels = codec_.vae.config.latent_channels, height = first.height / step,
                  width = first.width / step;
    std::optional<at::Tensor> noise;
    if (options_.posterior == PosteriorUse::Sample)
      noise = draw_normal({context_.seed, chunk.episode, chunk.index, "encode", 0},
                          {count, channels, height, width});
    const at::Tensor latents = encode_images(codec_, chunk.frames, noise)
                                   .to(dtype_from(options_.latents_dtype))
                                   .contiguous();
    if (chunks_ == 0) {
      fps_ = source_fps > 0 ? source_fps : model_fps_;
      write_header(first, latents);
      height_ = first.height;
      width_ = first.width;
    }
    if (chunk.index == 0 && source_fps > 0 && std::abs(source_fps / fps_ - 1) > 0.01)
      log_warn(cat(input, ": has ", source_fps, " frames a second, but the stream states ", fps_,
                   "; --fps X resamples videos to one rate"));
    const size_t owner = owners_.emplace(chunk.episode, input_).first->second;
    require(owner == input_, ErrorKind::Config, input, ": episode ", chunk.episode, " is in ",
            options_.inputs[owner], " as well: encode them apart");
    require(first.height == height_ && first.width == width_, ErrorKind::Config, input,
            ": frames are ", first.width, "x", first.height, ", those before ", width_, "x",
            height_, ": give --size");
    auto header = to_json(formats::ChunkHeader{.episode = chunk.episode,
                                               .index = chunk.index,
                                               .role = formats::role_from(chunk.role, input),
                                               .action = chunk.action,
                                               .frames = count,
                                               .seed = context_.seed});
    // Last, where earlier versions wrote it: equal inputs keep giving equal bytes.
    if (chunk.action_inverse) header["action_inverse"] = *chunk.action_inverse;
    writer_.write(header, {view_of("latents", latents)});
    ++chunks_;
    frames_ += count;
  }

  void write_header(const video::Image& first, const at::Tensor& latents) {
    ordered_json settings{{"posterior", name_of(options_.posterior)},
                          {"frames", source_.frames},
                          {"height", first.height},
                          {"width", first.width},
                          {"dtype", name_of(context_.dtype)},
                          {"batch", options_.batch},
                          {"latents_dtype", name_of(options_.latents_dtype)}};
    if (options_.vae_tile > 0) settings["vae_tile"] = options_.vae_tile;
    if (!options_.episode.empty()) settings["episode"] = options_.episode;
    if (options_.chunks > 0) settings["chunks"] = options_.chunks;
    if (options_.fps > 0) settings["fps"] = options_.fps;
    if (options_.assume_fps > 0) settings["assume_fps"] = options_.assume_fps;
    if (options_.start > 0) settings["start"] = options_.start;
    if (options_.duration > 0) settings["duration"] = options_.duration;
    if (options_.every > 1) settings["every"] = options_.every;
    if (options_.no_autorotate) settings["no_autorotate"] = true;
    if (options_.as_stored) settings["as_stored"] = true;
    if (options_.salvage) settings["salvage"] = true;
    if (options_.skip_bad) settings["skip_bad"] = true;
    ordered_json inputs{{"vae", codec_.fingerprint}};
    for (size_t i = 0; i < options_.inputs.size(); ++i) {
      // Pipes and picture patterns are no single file; their frames are what the stream holds.
      const std::string& input = options_.inputs[i];
      const std::string path = is_folder(input) ? input + "/episodes.jsonl" : input;
      if (input != "-" && is_regular_file(path))
        inputs[i == 0 ? "input" : cat("input_", i)] = "sha256:" + sha256_hex_of_file(path);
    }
    writer_.write(to_json(formats::StreamHeader{
        .model = codec_.fingerprint,
        .channels = latents.size(1),
        .height = latents.size(2),
        .width = latents.size(3),
        .fps = fps_,
        .scaling_factor = codec_.vae.config.scaling_factor,
        .provenance = formats::make_provenance(context_.tool, settings, context_.seed, inputs)}));
  }

  EncodeSettings options_;
  Context context_;
  LatentCodec codec_;
  formats::StreamWriter writer_;
  video::SourceOptions source_;
  std::vector<std::string> names_;        // of the inputs' episodes; of a manifest: the one to take
  std::map<std::string, size_t> owners_;  // of the episodes written: their inputs
  size_t input_ = 0;
  double model_fps_ = 8, fps_ = 0;
  int height_ = 0, width_ = 0;
  int64_t chunks_ = 0, frames_ = 0;
};

}  // namespace

void encode_inputs(const EncodeSettings& options, const Context& context) {
  Encoder(options, context).run();
}

}  // namespace svg
