#include "libcore/episode/episode_run.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "libcore/base/error.h"
#include "libcore/diffusion/sampler.h"
#include "libcore/fast/start.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/heap.h"

namespace svg::episode {

void set_checkpointing(Pipeline& pipeline, nn::Checkpointing checkpointing) {
  pipeline.unet.checkpointing = checkpointing;
  checkpointing != nn::Checkpointing::None ? keep_heap_tight() : give_back_large_blocks();
}

EpisodeRun::EpisodeRun(Pipeline& pipeline, RunSettings settings, std::vector<std::string> episodes,
                       fast::OffloadWhileSampling offload)
    : pipeline_(pipeline), settings_(std::move(settings)), episodes_(std::move(episodes)) {
  check(settings_of(settings_));
  // What the sampler cannot do is refused here, before anything is written.
  make_sampler(settings_.sampling.sampler, pipeline.schedule,
               {.steps = settings_.sampling.steps, .eta = settings_.sampling.eta});
  if (!settings_.use_fast) return;
  require(pipeline.unet.conv_in.weight.scalar_type() != at::kHalf, ErrorKind::Usage,
          "--dtype fp16 is for sampling alone, small gradients vanish in it: learn in fp32 or "
          "bf16, or sample with --no-fast");
  memory_ = std::make_unique<fast::TempLora>(pipeline.unet_parameters, settings_.fast.targets,
                                             settings_.fast.rank, settings_.fast.scale(), episodes_,
                                             offload);
  memory_->set_rule(settings_.fast.rule);
  // LoRAs that were added to the weights leave where their memories start as it is.
  fast::begin_from_file(settings_.fast, pipeline.files.fingerprint("unet"), *memory_);
  memory_->reset(settings_.seed);
}

void EpisodeRun::append(const at::Tensor& latents, const std::vector<Action>& actions,
                        bool learnable) {
  fast::EpisodeHistory::Chunk chunk;
  chunk.first = history_.latents.defined() ? history_.latents.size(1) : 0;
  chunk.frames = latents.size(1);
  for (const auto& action : actions) {
    chunk.text.push_back(pipeline_.embed(action.text));
    chunk.inverse.push_back(pipeline_.embed(action.inverse));
  }
  const auto frames = latents.to(at::TensorOptions().dtype(at::kFloat).device(pipeline_.device));
  history_.latents =
      history_.latents.defined() ? at::cat({history_.latents, frames}, 1) : frames.clone();
  history_.chunks.push_back(std::move(chunk));
  // Nothing stands before the first chunk: it has no window.
  if (!learnable || history_.chunks.size() == 1)
    history_.learnable = static_cast<int64_t>(history_.chunks.size());
}

void EpisodeRun::forget_out_of_reach() {
  if (!history_.latents.defined() || (memory_ && settings_.fast.source != fast::Source::Local))
    return;
  for (size_t i = 0; i + 1 < history_.chunks.size(); ++i)
    history_.chunks[i].text = history_.chunks[i].inverse = {};
  const auto frames = history_.latents.size(1), gone = frames - settings_.past;
  if (gone <= 0) return;
  history_.latents = history_.latents.narrow(1, gone, settings_.past).clone();
  for (auto& chunk : history_.chunks) chunk.first -= gone;
}

at::Tensor EpisodeRun::with_memory(const std::function<at::Tensor()>& sample) {
  if (!memory_) return sample();
  if (!merged_) memory_->merge();
  merged_ = true;
  return memory_->then_base([&] {
    memory_->use_merged();
    return sample();
  });
}

at::Tensor EpisodeRun::past_frames() const {
  require(history_.latents.defined(), ErrorKind::NoInput,
          "the input stream has no chunk: expected the first frames");
  const auto n = history_.latents.size(1), past = std::min(settings_.past, n);
  return history_.latents.narrow(1, n - past, past);
}

at::Tensor EpisodeRun::text_of(const std::vector<Action>& actions) const {
  std::vector<at::Tensor> rows;
  for (const auto& action : actions) rows.push_back(pipeline_.embed(action.text));
  return at::stack(rows);
}

at::Tensor EpisodeRun::noise_for(const std::vector<Action>& actions, const char* stage,
                                 int64_t draw) const {
  std::vector<at::Tensor> rows;
  const auto shape = history_.latents.sizes();
  for (size_t e = 0; e < episodes_.size(); ++e) {
    rows.push_back(draw_normal(
        {actions[e].seed.value_or(settings_.seed), episodes_[e], chunk_count(), stage, draw},
        {settings_.future, shape[2], shape[3], shape[4]}));
  }
  return at::stack(rows).to(pipeline_.device);
}

at::Tensor EpisodeRun::generate(const std::vector<Action>& actions,
                                const std::optional<at::Tensor>& noise,
                                const std::optional<at::Tensor>& step_noise) {
  at::NoGradGuard no_grad;
  const auto past = past_frames();
  const auto start = noise ? noise->to(pipeline_.device) : noise_for(actions, "sample", 0);
  expect_shape(start,
               {static_cast<int64_t>(episodes_.size()), settings_.future, past.size(2),
                past.size(3), past.size(4)},
               "--draws: noise of a chunk");
  at::Tensor steps;
  const auto sampler =
      make_sampler(settings_.sampling.sampler, pipeline_.schedule,
                   {.steps = settings_.sampling.steps, .eta = settings_.sampling.eta});
  if (sampler->needs_noise()) {
    std::vector<at::Tensor> rows;
    for (int64_t i = 0; !step_noise && i < sampler->steps(); ++i)
      rows.push_back(noise_for(actions, "sample step", i));
    steps = step_noise ? step_noise->to(pipeline_.device) : at::stack(rows);
  }
  const auto& fast = settings_.fast;
  const auto out = with_memory([&] {
    return generate_chunk(pipeline_.unet, pipeline_.schedule, settings_.sampling, past,
                          text_of(actions), pipeline_.embed(""), start, steps, [&](double t) {
                            if (!memory_) return;
                            const bool in_use = static_cast<double>(fast.apply.low) <= t &&
                                                t < static_cast<double>(fast.apply.high);
                            in_use ? memory_->use_merged() : memory_->use_base();
                          });
  });
  for (size_t e = 0; e < episodes_.size(); ++e) {
    require(at::isfinite(out[static_cast<int64_t>(e)]).all().item<bool>(), ErrorKind::Data,
            "chunk ", chunk_count(),
            episodes_.size() > 1
                ? cat(" of episode ", e + 1, " of the batch, \"", episodes_[e], "\"")
                : std::string(),
            ": the generated latents are not finite: the model or its memory is damaged (lower "
            "--fast-lr?)");
  }
  return out.cpu();
}

at::Tensor EpisodeRun::predict_one_step(const std::vector<Action>& actions) {
  at::NoGradGuard no_grad;
  return with_memory([&] {
           return one_step_chunk(pipeline_.unet, pipeline_.schedule, past_frames(),
                                 text_of(actions), noise_for(actions, "sample", 0));
         })
      .cpu();
}

fast::FastReport EpisodeRun::learn(const std::optional<fast::GivenDraws>& draws,
                                   const fast::StepGate& gate, bool own) {
  require(memory_ != nullptr, ErrorKind::Internal, "this run has no memory to learn into");
  merged_ = false;
  const fast::FastContext context{pipeline_.unet, pipeline_.schedule, pipeline_.embed(""),
                                  settings_.seed, episodes_,          settings_.past};
  return fast::fast_learn(context, own ? settings_.fast.for_own_chunk() : settings_.fast, *memory_,
                          history_, draws, gate);
}

void EpisodeRun::rewind(int64_t chunks) {
  require(0 < chunks && chunks <= chunk_count(), ErrorKind::Internal, "rewind to chunk ", chunks,
          " of ", chunk_count());
  history_.chunks.resize(static_cast<size_t>(chunks));
  const auto& last = history_.chunks.back();
  history_.latents = history_.latents.narrow(1, 0, last.first + last.frames).clone();
  history_.learnable = std::min(history_.learnable, chunks);
}

void EpisodeRun::swap_memories() {
  require(memory_ && episodes_.size() > 1, ErrorKind::Usage,
          "memories can be swapped between two episodes or more");
  at::NoGradGuard no_grad;
  for (auto& [name, t] : memory_->parameters().named) t.detach().copy_(t.detach().roll(1, 0));
  merged_ = false;
}

}  // namespace svg::episode
