// The settings of slow learning (SlowFast-VGen, section 3.1): what every training shares, and what
// each kind of training has beside that. Torch-free.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace svg::slow {

// Where a training takes its model and its items from.
struct TrainingFiles {
  std::string model;              // model directory; a component without weights starts fresh
  std::vector<std::string> data;  // manifest directories or latent streams (autoencoder: manifests)
  std::vector<std::string> validation;
  std::string save_dtype = "fp32";  // of the weights: fp32, fp16, bf16
};

// The loop: updates, the optimizer, the average, what is saved and when.
struct TrainLoopSettings {
  std::string output;  // RUN: a model directory, plus training/
  int64_t steps = 1000;
  int64_t batch = 16;      // items in a micro-batch
  int64_t accumulate = 1;  // micro-batches an update
  double lr = 5e-6;
  std::string lr_schedule = "constant";
  int64_t warmup_steps = 100;
  double final_lr_ratio = 0.02;
  double weight_decay = 0;
  double beta1 = 0.9, beta2 = 0.999;
  double max_grad_norm = 1.0;
  double ema_decay = 0.9999;
  std::string adam_moments = "fp32";  // fp32, 8bit
  std::string ema = "device";  // where the averaged weights are: device, cpu; off: there are none
  int64_t checkpoint_every = 500;  // updates between saved states
  int64_t sample_every = 0;        // updates between contact sheets; 0: none
  int64_t validate_every = 500;
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
  bool train_text_encoder = false;
  // none, blocks, all, offload: what a forward pass keeps for backward; changes no result.
  std::string checkpoint_activations = "none";
};

// The autoencoder: weights of the terms of its loss.
struct VaeSettings {
  double kl_weight = 1e-6;
  double l1_weight = 1.0, mse_weight = 1.0;
};

}  // namespace svg::slow
