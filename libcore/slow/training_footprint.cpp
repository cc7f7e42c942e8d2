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

std::vector<std::string> advice_for(const session::PretrainOptions& o, const Context& context) {
  std::vector<std::string> advice;
  if (context.dtype == "fp32") advice.emplace_back("--dtype bf16");
  if (o.checkpoint_activations == "none") advice.emplace_back("--checkpoint-activations blocks");
  else if (o.checkpoint_activations != "offload" && on_gpu(o.plan, context))
    advice.emplace_back("--checkpoint-activations offload");
  if (o.adam_moments != "8bit") advice.emplace_back("--adam-moments 8bit");
  if (o.ema == "device" && on_gpu(o.plan, context)) advice.emplace_back("--ema cpu");
  if (o.batch > 1) advice.emplace_back("a smaller --batch with more --accumulate");
  return advice;
}

}  // namespace

footprint::MemoryPlan plan_training(const session::PretrainOptions& o, at::IntArrayRef frame,
                                    const Context& context) {
  const formats::ModelDirectory files(o.model);
  const auto compute = dtype_from(context.dtype);
  const auto mix = parse_past_mix(o.past);
  int64_t past = 0;
  for (const auto& [length, share] : mix) past = std::max(past, length);

  MemorySimulation memory;
  footprint::PlannedModel model(files, at::kFloat, o.train_text_encoder ? at::kFloat : compute,
                                nn::checkpointing_from(o.checkpoint_activations),
                                footprint::on_gpu(o.plan, context));
  NamedTensors trained = model.parameters.list();
  if (o.train_text_encoder)
    trained.insert(trained.end(), model.text_parameters.list().begin(),
                   model.text_parameters.list().end());
  auto flat = optim::flatten(trained, compute, o.accumulate);
  const int64_t numbers = flat.values.numel(), resident = memory.live_bytes();
  memory.reset_peak();
  {
    const auto latents = [&](int64_t frames) {
      return footprint::numberless({o.batch, frames, frame[0], frame[1], frame[2]});
    };
    // Token ids are looked at, so they are numbers.
    const auto text =
        o.train_text_encoder
            ? forward(model.clip,
                      at::zeros({o.batch, model.clip.config.max_position_embeddings}, at::kLong))
            : model.text(o.batch);
    const auto loss = slow_loss(model.unet, model.schedule, latents(past), latents(o.future), text,
                                footprint::numberless({o.batch}, at::kLong), latents(o.future));
    torch::autograd::backward({loss}, {});
  }
  const int64_t activations = memory.peak_bytes() - resident;

  const bool narrow = compute != at::kFloat,
             averaged =
                 o.ema == "device" || (o.ema == "cpu" && !footprint::on_gpu(o.plan, context));
  footprint::MemoryPlan plan;
  plan.setting = {{"frames", past + o.future},
                  {"latents", {frame[0], frame[1], frame[2]}},
                  {"batch", o.batch},
                  {"accumulate", o.accumulate},
                  {"dtype", context.dtype},
                  {"checkpoint_activations", o.checkpoint_activations},
                  {"adam_moments", o.adam_moments},
                  {"ema", o.ema}};
  plan.parts = {
      {"weights", footprint::bytes_of(numbers, compute)},
      {"masters", narrow ? footprint::bytes_of(numbers, at::kFloat) : 0},
      {"gradients", footprint::bytes_of(numbers, compute) +
                        (flat.sum.defined() ? footprint::bytes_of(numbers, at::kFloat) : 0)},
      {"moments", o.adam_moments == "8bit"
                      ? 2 * (numbers + footprint::bytes_of(optim::block_count(numbers), at::kFloat))
                      : 2 * footprint::bytes_of(numbers, at::kFloat)},
      {"average", averaged ? footprint::bytes_of(numbers, at::kFloat) : 0},
      {"text encoder",
       o.train_text_encoder ? 0 : footprint::bytes_of(model.text_parameters.count(), compute)},
      {"activations", activations}};
  footprint::add_surroundings(plan, activations, o.checkpoint_activations, o.plan, context);
  plan.advice = advice_for(o, context);
  return plan;
}

footprint::MemoryPlan plan_training(const session::PretrainOptions& o, const Context& context) {
  require(o.component == "unet", ErrorKind::Usage, "--plan is for --component unet");
  return plan_training(o, footprint::frame_of(formats::ModelDirectory(o.model), o.plan.size),
                       context);
}

}  // namespace svg::slow
