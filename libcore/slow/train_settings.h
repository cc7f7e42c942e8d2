// The settings of slow learning (SlowFast-VGen, section 3.1): what every training shares, and what
// each kind of training has beside that. Torch-free.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/precision.h"
#include "libcore/base/settings.h"
#include "libcore/nn/checkpointing.h"
#include "libcore/optim/schedule.h"

namespace svg::slow {

// What is trained.
enum class Component { Unet, Vae };
constexpr auto names_of(Component) {
  return std::to_array<EnumName<Component>>({{Component::Unet, "unet"}, {Component::Vae, "vae"}});
}

// How Adam's two moments are kept: 4 bytes a number each, or 1 (block-wise).
enum class AdamMoments { Fp32, EightBit };
constexpr auto names_of(AdamMoments) {
  return std::to_array<EnumName<AdamMoments>>(
      {{AdamMoments::Fp32, "fp32"}, {AdamMoments::EightBit, "8bit"}});
}

// Where the averaged weights are; Off: there are none.
enum class Ema { Device, Cpu, Off };
constexpr auto names_of(Ema) {
  return std::to_array<EnumName<Ema>>(
      {{Ema::Device, "device"}, {Ema::Cpu, "cpu"}, {Ema::Off, "off"}});
}

// Where a training takes its model and its items from.
struct TrainingFiles {
  std::string model;              // model directory; a component without weights starts fresh
  std::vector<std::string> data;  // manifest directories or latent streams (autoencoder: manifests)
  std::vector<std::string> validation;
  Precision save_dtype = Precision::Fp32;  // of the weights
};

// The loop: updates, the optimizer, the average, what is saved and when.
struct TrainLoopSettings {
  std::string output;  // RUN: a model directory, plus training/
  int64_t steps = 1000;
  int64_t batch = 16;      // items in a micro-batch
  int64_t accumulate = 1;  // micro-batches an update
  double lr = 5e-6;
  optim::LrShape lr_schedule = optim::LrShape::Constant;
  int64_t warmup_steps = 100;
  double final_lr_ratio = 0.02;
  double weight_decay = 0;
  double beta1 = 0.9, beta2 = 0.999;
  double max_grad_norm = 1.0;
  double ema_decay = 0.9999;
  Ema ema = Ema::Device;
  AdamMoments adam_moments = AdamMoments::Fp32;
  int64_t checkpoint_every = 500;  // updates between saved states
  int64_t validate_every = 500;
  bool validate_first = false;  // before the first update, too; no flag
  int64_t sample_every = 0;     // updates between contact sheets; 0: none
  int64_t max_steps = 0;  // stop early (exit 75) after this many updates of this call; 0: never
  bool resume = false;
  bool force = false;
};

// The UNet: items and noise.
struct SlowSettings {
  // "4" or "4:0.75,1:0.15,0:0.1": past lengths and their shares; 0: all frames noised, no text.
  std::string past = "8";
  int64_t future = 8;
  double text_dropout = 0.1;  // share of items that see the empty prompt (classifier-free guidance)
  // Largest standard deviation of noise added to the past, drawn uniformly from 0 for each item.
  double past_noise = 0;
  // Share of updates whose past is the model's own (own_past.h), the timesteps from which it makes
  // it, and in how many steps.
  double own_past = 0;
  Range own_past_timesteps = {100, 700};
  int64_t own_past_steps = 3;
  bool train_text_encoder = false;
  nn::Checkpointing checkpoint_activations = nn::Checkpointing::None;  // changes no result
  // Of the draws with which the held-out loss is measured, so that runs of other seeds can be
  // compared; no flag. Not given: the run's seed + 1.
  std::optional<uint64_t> validation_seed{};
};

// The autoencoder: weights of the terms of its loss.
struct VaeSettings {
  double kl_weight = 1e-6;
  double l1_weight = 1.0, mse_weight = 1.0;
};

// All but the files and how to begin (output, resume, force): the flags of svg-pretrain, and the
// keys of provenance and of the training state. A new one takes its line here:
// libcore/base/settings.h says how.
std::vector<Setting> settings_of(TrainLoopSettings&);
std::vector<Setting> settings_of(SlowSettings&);
std::vector<Setting> settings_of(VaeSettings&);
ordered_json to_json(const TrainLoopSettings&);
ordered_json to_json(const SlowSettings&);
ordered_json to_json(const VaeSettings&);

}  // namespace svg::slow
