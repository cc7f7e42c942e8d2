#include "libcore/model/encode_inputs.h"

#include <ATen/ATen.h>

#include <filesystem>

#include "formats/provenance.h"
#include "formats/stream/latent_stream.h"
#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/log.h"
#include "libcore/base/signals.h"
#include "libcore/model/latent_codec.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/parameters.h"
#include "libcore/tensor/runtime.h"
#include "libcore/video/bounded_queue.h"
#include "libcore/video/chunk_source.h"

namespace svg {
namespace {

namespace fs = std::filesystem;

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
    source_.frames = static_cast<int>(
        options.frames > 0 ? options.frames
                           : json_get_or<int64_t>(codec_.settings, "future", 16, where));
    source_.width =
        options.width > 0 ? options.width : json_get_or<int>(codec_.settings, "width", 0, where);
    source_.height =
        options.height > 0 ? options.height : json_get_or<int>(codec_.settings, "height", 0, where);
    source_.episode = options.episode;
    source_.chunks = options.chunks;
    model_fps_ = json_get_or<double>(codec_.settings, "fps", 8, where);
  }

  void run() {
    try {
      Progress progress(context_.progress, "chunk", 0);
      for (const auto& input : options_.inputs) encode(input, progress);
      writer_.finish();
    } catch (...) {
      writer_.discard();
      throw;
    }
    log_info(cat(chunks_, " chunks, ", frames_, " frames -> ",
                 options_.output == "-" ? "standard output" : options_.output));
  }

 private:
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
      write_header(first, latents, source_fps > 0 ? source_fps : model_fps_);
      height_ = first.height;
      width_ = first.width;
    }
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

  void write_header(const video::Image& first, const at::Tensor& latents, double fps) {
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
    ordered_json inputs{{"vae", codec_.fingerprint}};
    for (size_t i = 0; i < options_.inputs.size(); ++i) {
      // Pipes and picture patterns are no single file; their frames are what the stream holds.
      const fs::path path = fs::is_directory(options_.inputs[i])
                                ? fs::path(options_.inputs[i]) / "episodes.jsonl"
                                : fs::path(options_.inputs[i]);
      if (fs::is_regular_file(path))
        inputs[i == 0 ? "input" : cat("input_", i)] = "sha256:" + sha256_hex_of_file(path.string());
    }
    writer_.write(to_json(formats::StreamHeader{
        .model = codec_.fingerprint,
        .channels = latents.size(1),
        .height = latents.size(2),
        .width = latents.size(3),
        .fps = options_.fps > 0 ? options_.fps : fps,
        .scaling_factor = codec_.vae.config.scaling_factor,
        .provenance = formats::make_provenance(context_.tool, settings, context_.seed, inputs)}));
  }

  EncodeSettings options_;
  Context context_;
  LatentCodec codec_;
  formats::StreamWriter writer_;
  video::SourceOptions source_;
  double model_fps_ = 8;
  int height_ = 0, width_ = 0;
  int64_t chunks_ = 0, frames_ = 0;
};

}  // namespace

void encode_inputs(const EncodeSettings& options, const Context& context) {
  Encoder(options, context).run();
}

}  // namespace svg
