// svg-pretrain: slow learning (SlowFast-VGen, section 3.1). Trains one component of a model
// directory. Torch-free.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/footprint/estimate_settings.h"

namespace svg::session {

struct PretrainOptions {
  std::string model;               // model directory; a component without weights starts fresh
  std::string component = "unet";  // unet, vae
  std::vector<std::string>
      data;  // manifest directories or latent streams (vae: manifest directories)
  std::vector<std::string> validation;
  std::string output;  // RUN: a model directory, plus training/
  int64_t steps = 1000;
  int64_t batch = 16;
  double lr = 5e-6;
  std::string lr_schedule = "constant";
  int64_t warmup_steps = 100;
  double final_lr_ratio = 0.02;
  double weight_decay = 0;
  double beta1 = 0.9, beta2 = 0.999;
  double max_grad_norm = 1.0;
  double ema_decay = 0.9999;
  int64_t accumulate = 1;  // micro-batches an update
  std::string checkpoint_activations =
      "none";  // none, blocks, all, offload (UNet): what a forward pass keeps; changes no result
  std::string adam_moments = "fp32";  // fp32, 8bit
  std::string ema = "device";  // where the averaged weights are: device, cpu; off: there are none

  // unet
  std::string past = "8";  // "4" or "4:0.75,1:0.15,0:0.1": past lengths and their shares; 0 means
                           // all frames noised, no text
  int64_t future = 8;
  double text_dropout = 0.1;  // share of items that see the empty prompt (classifier-free guidance)
  double past_noise = 0;  // largest standard deviation of noise added to the past, drawn uniformly
                          // from 0 for each item
  bool train_text_encoder = false;

  // vae
  double kl_weight = 1e-6;
  double l1_weight = 1.0, mse_weight = 1.0;

  int64_t checkpoint_every = 500;  // updates between saved states
  int64_t sample_every = 0;        // updates between contact sheets; 0: none
  int64_t validate_every = 500;
  int64_t max_steps = 0;  // stop early (exit 75) after this many updates of this call; 0: never
  std::string save_dtype = "fp32";  // fp32, fp16, bf16
  bool resume = false;
  bool force = false;

  footprint::PlanFlags plan;
};

}  // namespace svg::session

// Returns an exit code; of a plan 0 where it fits, 1 where it does not. RUN/training/metrics.jsonl
// has a line for every update.
extern "C" int svg_pretrain_session(const svg::session::PretrainOptions&, svg::Context&);
