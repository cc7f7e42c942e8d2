#include "libcore/slow/training_footprint.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "libcore/base/error.h"
#include "libcore/footprint/meta_model.h"
#include "libcore/optim/block_quantization.h"
#include "libcore/optim/flat_parameters.h"
#include "libcore/slow/slow_trainer.h"
#include "libcore/tensor/allocation_simulation.h"
#include "libcore/tensor/runtime.h"

namespace svg::slow {

namespace {

std::vector<std::string> advice_for(const TrainLoopSettings& loop, const SlowSettings& s, bool gpu,
                                    const Context& context) {
  std::vector<std::string> advice;
  if (context.dtype == Precision::Fp32) advice.emplace_back("--dtype bf16");
  if (s.checkpoint_activations == nn::Checkpointing::None)
    advice.emplace_back("--checkpoint-activations blocks");
  else if (s.checkpoint_activations != nn::Checkpointing::Offload && gpu)
    advice.emplace_back("--checkpoint-activations offload");
  if (loop.adam_moments != AdamMoments::EightBit) advice.emplace_back("--adam-moments 8bit");
  if (loop.ema == Ema::Device && gpu) advice.emplace_back("--ema cpu");
  if (loop.batch > 1) advice.emplace_back("a smaller --batch with more --accumulate");
  return advice;
}

}  // namespace

footprint::Footprint training_footprint(const std::string& model_directory,
                                        const TrainLoopSettings& loop, const SlowSettings& s,
                                        at::IntArrayRef frame,
                                        const footprint::EstimateTarget& target,
                                        const Context& context) {
  const formats::ModelDirectory files(model_directory);
  const bool gpu = footprint::on_gpu(target, context);
  const auto compute = dtype_from(context.dtype);
  const auto mix = parse_past_mix(s.past);
  int64_t past = 0;
  for (const auto& [length, share] : mix) past = std::max(past, length);

  AllocationSimulation memory;
  footprint::MetaModel model(files, at::kFloat, s.train_text_encoder ? at::kFloat : compute,
                             s.checkpoint_activations, gpu);
  NamedTensors trained = model.parameters.list();
  if (s.train_text_encoder)
    trained.insert(trained.end(), model.text_parameters.list().begin(),
                   model.text_parameters.list().end());
  auto flat = optim::flatten(trained, compute, loop.accumulate);
  const int64_t numbers = flat.values.numel(), resident = memory.live_bytes();
  memory.reset_peak();
  {
    const auto latents = [&](int64_t frames) {
      return footprint::meta_tensor({loop.batch, frames, frame[0], frame[1], frame[2]});
    };
    // Token ids are read, so they are not on the meta device.
    const auto text =
        s.train_text_encoder
            ? forward(model.clip,
                      at::zeros({loop.batch, model.clip.config.max_position_embeddings}, at::kLong))
            : model.text(loop.batch);
    const auto loss = slow_loss(model.unet, model.schedule, latents(past), latents(s.future), text,
                                footprint::meta_tensor({loop.batch}, at::kLong), latents(s.future));
    torch::autograd::backward({loss}, {});
  }
  const int64_t activations = memory.peak_bytes() - resident;

  const bool narrow = compute != at::kFloat,
             averaged = loop.ema == Ema::Device || (loop.ema == Ema::Cpu && !gpu);
  footprint::Footprint out;
  out.setting = {{"frames", past + s.future},
                 {"latents", {frame[0], frame[1], frame[2]}},
                 {"batch", loop.batch},
                 {"accumulate", loop.accumulate},
                 {"dtype", name_of(context.dtype)},
                 {"checkpoint_activations", name_of(s.checkpoint_activations)},
                 {"adam_moments", name_of(loop.adam_moments)},
                 {"ema", name_of(loop.ema)}};
  out.parts = {
      {"weights", footprint::bytes_of(numbers, compute)},
      {"masters", narrow ? footprint::bytes_of(numbers, at::kFloat) : 0},
      {"gradients", footprint::bytes_of(numbers, compute) +
                        (flat.sum.defined() ? footprint::bytes_of(numbers, at::kFloat) : 0)},
      {"moments", loop.adam_moments == AdamMoments::EightBit
                      ? 2 * (numbers + footprint::bytes_of(optim::block_count(numbers), at::kFloat))
                      : 2 * footprint::bytes_of(numbers, at::kFloat)},
      {"average", averaged ? footprint::bytes_of(numbers, at::kFloat) : 0},
      {"text encoder",
       s.train_text_encoder ? 0 : footprint::bytes_of(model.text_parameters.count(), compute)},
      {"activations", activations}};
  footprint::add_surroundings(out, activations, s.checkpoint_activations, target, context);
  out.advice = advice_for(loop, s, gpu, context);
  return out;
}

}  // namespace svg::slow
