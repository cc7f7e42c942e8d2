#include "tools/common/run_options.h"

#include <type_traits>

#include "libcore/base/error.h"

namespace svg::tools {

void add_lora_option(CLI::App& app, episode::RunFlags& f) {
  app.add_option("--lora", f.loras,
                 "LoRA of PEFT, diffusers or kohya (a file or a folder) added to the base weights: "
                 "FILE or FILE:SCALE; again for more")
      ->allow_extra_args(false);
}

void add_sampling_options(CLI::App& app, episode::RunFlags& f) {
  app.add_option("--past", f.past,
                 "Clean frames that a chunk continues; 0: each chunk is made from its action alone "
                 "(default: the model's)");
  app.add_option("--future", f.future, "Frames of a chunk (default: the model's)");
  app.add_option("--steps", f.steps, "Sampler steps (default: the model's)");
  app.add_option("--sampler", f.sampler, "ddim, dpm++, euler or unipc (default: the model's)");
  app.add_option("--guidance", f.guidance_scale,
                 "Classifier-free guidance scale; 1: none (default: the model's)");
}

void add_fast_options(CLI::App& app, fast::FastFlags& f) {
  app.add_option("--fast-steps", f.steps, "Gradient steps a chunk (paper's form: 1)");
  app.add_option("--fast-batch", f.batch, "(timestep, noise) draws a step (1)");
  app.add_option("--fast-lr", f.lr, "Adam's learning rate (1e-4)");
  app.add_option("--fast-lr-schedule", f.lr_schedule,
                 "Over the steps of a chunk: constant or cosine (constant)");
  app.add_option("--fast-rank", f.rank, "Rank of the Temp-LoRA (32)");
  app.add_option("--fast-alpha", f.alpha, "Its scale is alpha / rank (the rank)");
  app.add_option("--lora-targets", f.targets,
                 "Comma-separated: attention, ff, proj, or ends of layer names (attention)");
  app.add_option("--fast-optimizer", f.optimizer,
                 "Adam's moments from chunk to chunk: keep or reset (keep)");
  app.add_option(
      "--fast-objective", f.objective,
      "consecutive (all noised, no text) or input-output (past clean, text) (consecutive)");
  app.add_option(
      "--fast-source", f.source,
      "Windows from the last X_i ++ Y_i (local) or from everything so far (all) (local)");
  app.add_option("--fast-timesteps", f.timesteps,
                 "Timesteps drawn from LO:HI, HI excluded (0:1000)");
  app.add_option("--fast-weighting", f.weighting, "Squared error of eps, v or x0 (eps)");
  app.add_option("--fast-reverse", f.reverse,
                 "Share of windows flipped in time, with the action's inverse (0)");
  app.add_option("--fast-past-noise", f.past_noise,
                 "Largest standard deviation of noise on the clean past (0)");
  app.add_option("--fast-apply", f.apply,
                 "The sampler's timesteps LO:HI at which the memory is used (0:1000)");
  app.add_option("--fast-text", f.text, "auto (as the objective says), on or off (auto)");
  app.add_option("--fast-decay", f.decay,
                 "Share of the memory's update that goes before each chunk is learned (0)");
  app.add_option("--fast-check", f.check,
                 "Held-out draws for the loss before and after each chunk; 0: do not measure (4; 0 "
                 "where a chunk learns in fewer steps)");
  app.add_option("--fast-until", f.until,
                 "Stop learning a chunk once the held-out loss, looked at every 4 steps, is at or "
                 "below this (no)");
}

void add_checkpoint_option(CLI::App& app, std::string& mode) {
  app.add_option("--checkpoint-activations", mode,
                 "What a learning step keeps for its backward pass: all of it (none), inputs of "
                 "the layers (blocks), of their parts (all), or of smaller parts, kept in host "
                 "memory by a GPU (offload: least memory); the rest is computed again")
      ->check(CLI::IsMember({"none", "blocks", "all", "offload"}))
      ->capture_default_str();
}

namespace {

// The names of one version ago: not shown, not written by --print-config.
template <class Value>
void add_hidden_alias(CLI::App& app, const char* flag, Value& value) {
  CLI::Option* option = nullptr;
  if constexpr (std::is_same_v<Value, bool>) option = app.add_flag(flag, value);
  else option = app.add_option(flag, value);
  option->group("")->configurable(false);
}

}  // namespace

void add_estimate_flags(CLI::App& app, session::EstimateOptions& o,
                        const std::string& default_size) {
  app.add_flag("--estimate", o.estimate,
               "Print the RAM this would take and whether it fits, load nothing; "
               "exit 0: fits, 1: does not");
  app.add_option("--estimate-size", o.target.size,
                 "Estimate for frames of WIDTHxHEIGHT pixels (default: " + default_size + ")");
  app.add_option("--estimate-memory", o.target.ram,
                 "Estimate for a GPU with this much memory, such as 80G, be it here or not "
                 "(default: what the device has)");
  add_hidden_alias(app, "--plan", o.estimate);
  add_hidden_alias(app, "--plan-size", o.target.size);
  add_hidden_alias(app, "--plan-memory", o.target.ram);
}

void add_estimate_options(CLI::App& app, session::EstimateOptions& o,
                          const std::string& default_size) {
  add_estimate_flags(app, o, default_size);
  app.add_flag("--json", o.json, "The estimate as JSON");
}

void check_estimate(const session::EstimateOptions& o, bool json_is_of_estimate) {
  if (o.estimate) return;
  const char* alone = !o.target.size.empty()          ? "--estimate-size"
                      : !o.target.ram.empty()         ? "--estimate-memory"
                      : json_is_of_estimate && o.json ? "--json"
                                                      : nullptr;
  require(alone == nullptr, ErrorKind::Usage, alone ? alone : "", " requires --estimate");
}

void add_step_options(CLI::App& app, episode::RunFlags& f) {
  app.add_option("--fast-budget", f.fast.budget,
                 "Time for learning, on average over the episode: a share of sampling, 5%, or "
                 "seconds a chunk, 0.2s; --fast-steps is then the most of one chunk (no)");
  add_checkpoint_option(app, f.checkpoint_activations);
  app.add_option("--fast-replay", f.replay,
                 "With --fast-budget: the steps that a run with this budget made, from its memory, "
                 "DIR or DIR@ID");
}

}  // namespace svg::tools
