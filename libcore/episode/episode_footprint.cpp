#include "libcore/episode/episode_footprint.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/accumulate.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "formats/stream/latent_stream.h"
#include "libcore/base/path.h"
#include "libcore/diffusion/masked_denoiser.h"
#include "libcore/episode/episode_run.h"
#include "libcore/fast/fast_learning.h"
#include "libcore/footprint/meta_model.h"
#include "libcore/tensor/allocation_simulation.h"
#include "libcore/tensor/runtime.h"

namespace svg::episode {

namespace {

// Bytes by what they are for: of what is always there, and beyond that of a sampler's step with
// merged weights and of a learning step, which is more than the held-out loss.
struct ChunkMemory {
  int64_t weights = 0, text_encoder = 0;
  int64_t memory = 0;                 // Temp-LoRA, while learning
  int64_t memory_while_sampling = 0;  // less where it is offloaded to host memory
  int64_t sampling = 0, learning = 0;

  bool learning_is_most() const { return memory + learning >= memory_while_sampling + sampling; }
  // At the peak.
  int64_t memory_at_most() const { return learning_is_most() ? memory : memory_while_sampling; }
  int64_t activations() const { return learning_is_most() ? learning : sampling; }
};

ChunkMemory simulate(const formats::ModelDirectory& files, const ChunkWork& work, bool gpu,
                     at::IntArrayRef frame, at::ScalarType compute) {
  const auto& settings = work.settings;
  const auto& fast = settings.fast;
  AllocationSimulation memory;
  footprint::MetaModel model(files, compute, compute, work.checkpoint_activations, gpu);
  ChunkMemory out;
  out.weights = footprint::bytes_of(model.parameters.count(), compute);
  out.text_encoder = memory.live_bytes() - out.weights;
  std::optional<fast::TempLora> lora;
  const int64_t episodes = work.episodes;
  const std::vector<std::string> names(static_cast<size_t>(episodes), "episode");
  if (work.learns) {
    lora.emplace(model.parameters, fast.targets, fast.rank, fast.scale(), names,
                 gpu ? fast::OffloadWhileSampling::Always : fast::OffloadWhileSampling::Never);
  }
  const int64_t resident = memory.live_bytes();
  out.memory = resident - out.weights - out.text_encoder;
  const auto latents = [&](int64_t rows, int64_t n, at::ScalarType dtype) {
    return footprint::meta_tensor({rows, n, frame[0], frame[1], frame[2]}, dtype);
  };
  // A forward pass on `rows` windows, without gradients.
  const auto forward_peak = [&](int64_t rows) {
    const at::NoGradGuard no_grad;
    memory.reset_peak();
    predict_future(model.unet, latents(rows, settings.past, compute),
                   latents(rows, settings.future, compute), footprint::meta_tensor({1}),
                   model.text(rows));
    return memory.peak_bytes();
  };
  if (work.samples) {
    if (lora) {
      lora->merge();  // held while sampling, gone while learning
      lora->use_merged();
    }
    out.memory_while_sampling = gpu ? 0 : out.memory;
    out.sampling = forward_peak(settings.sampling.guidance_scale != 1 ? 2 * episodes : episodes) -
                   out.weights - out.text_encoder - out.memory_while_sampling;
  }
  if (lora) {
    lora->use_side_path();
    memory.reset_peak();
    const int64_t frames = settings.past + settings.future,
                  past = fast.objective == fast::Objective::InputOutput ? settings.past : 0;
    const fast::FastContext c{model.unet, model.schedule, model.text(1)[0],
                              0,          names,          settings.past};
    const fast::FastWindow window{latents(episodes, frames, at::kFloat), past,
                                  model.text(episodes)};
    const fast::FastDraws draws{latents(fast.batch * episodes, frames - past, at::kFloat),
                                footprint::meta_tensor({fast.batch * episodes}, at::kLong)};
    fast::fast_step(c, fast, fast.lr, *lora, window, draws);
    out.learning = memory.peak_bytes() - resident;
  }
  return out;
}

std::vector<std::string> advice_for(const ChunkWork& work, bool gpu, const ChunkMemory& memory,
                                    const Context& context) {
  const auto& fast = work.settings.fast;
  std::vector<std::string> advice;
  if (context.dtype == Precision::Fp32) advice.emplace_back("--dtype bf16");
  if (work.episodes > 1) advice.emplace_back("a smaller --batch");
  const bool to_learn = memory.learning_is_most(), memory_counts = memory.memory_at_most() > 0;
  if (work.checkpoint_activations == nn::Checkpointing::None && to_learn)
    advice.emplace_back("--checkpoint-activations blocks");
  else if (work.checkpoint_activations != nn::Checkpointing::Offload && gpu && to_learn)
    advice.emplace_back("--checkpoint-activations offload");
  if (fast.batch > 1 && to_learn) advice.emplace_back("a smaller --fast-batch");
  if (memory_counts && fast.rank > 1) advice.emplace_back("a smaller --fast-rank");
  if (work.samples && (memory_counts || (work.learns && work.episodes > 1)))
    advice.emplace_back("--no-fast");
  return advice;
}

}  // namespace

footprint::Footprint chunk_footprint(const formats::ModelDirectory& files, const ChunkWork& work,
                                     at::IntArrayRef frame, const footprint::EstimateTarget& target,
                                     const Context& context) {
  const auto& s = work.settings;
  const bool gpu = footprint::on_gpu(target, context);
  const auto memory = simulate(files, work, gpu, frame, dtype_from(context.dtype));
  footprint::Footprint out;
  out.setting = {{"frames", s.past + s.future},
                 {"latents", {frame[0], frame[1], frame[2]}},
                 {"dtype", name_of(context.dtype)}};
  if (work.samples)
    out.setting.update(
        {{"episodes", work.episodes}, {"guidance_scale", s.sampling.guidance_scale}});
  out.setting.update({{"checkpoint_activations", name_of(work.checkpoint_activations)},
                      {"rank", work.learns ? s.fast.rank : 0},
                      {"targets", s.fast.targets},
                      {"sampling_activations_bytes", memory.sampling},
                      {"learning_activations_bytes", memory.learning}});
  out.parts = {{"weights", memory.weights},
               {"text encoder", memory.text_encoder},
               {"memory", memory.memory_at_most()},
               {"activations", memory.activations()}};
  footprint::add_surroundings(out, memory.activations(), work.checkpoint_activations, target,
                              context);
  out.advice = advice_for(work, gpu, memory, context);
  return out;
}

std::optional<std::vector<int64_t>> first_chunk_of(const std::string& input) {
  namespace fs = std::filesystem;
  if (input == "-" || (path_exists(input) && !is_regular_file(input))) return std::nullopt;
  auto reader = formats::StreamReader::open(input);
  while (const auto record = reader.next()) {
    if (record->kind() == formats::RecordKind::Chunk)
      return record->tensors().find("latents")->shape;
  }
  return std::nullopt;
}

std::vector<int64_t> frame_of_input(const formats::ModelDirectory& files, const std::string& size,
                                    const std::optional<std::vector<int64_t>>& chunk) {
  if (chunk && size.empty()) return {chunk->begin() + 1, chunk->end()};
  return footprint::frame_of(files, size);
}

}  // namespace svg::episode
