#include "libcore/slow/train_settings.h"

namespace svg::slow {

namespace {

template <class Settings>
ordered_json json_of_all(Settings s) {
  return json_of(settings_of(s));
}

}  // namespace

std::vector<Setting> settings_of(TrainLoopSettings& s) {
  return {
      {"steps", s.steps, "Updates in all", at_least(1)},
      {"batch", s.batch, "Items in a micro-batch", at_least(1)},
      {"accumulate", s.accumulate, "Micro-batches in an update", at_least(1)},
      {"lr", s.lr, "Learning rate", more_than(0)},
      {"lr_schedule", s.lr_schedule, "Learning rate after the warm-up"},
      {"warmup_steps", s.warmup_steps, "Updates of linear warm-up", at_least(0)},
      {"final_lr_ratio", s.final_lr_ratio, "Where cosine ends, relative to --lr", at_least(0)},
      {"weight_decay", s.weight_decay, "Decoupled weight decay", at_least(0)},
      Setting("beta1", s.beta1, "Adam's beta1", between(0, 1))
          .recorded_as("betas", {s.beta1, s.beta2}),
      Setting("beta2", s.beta2, "Adam's beta2", between(0, 1)).unrecorded(),
      {"max_grad_norm", s.max_grad_norm, "Gradient norm is clipped to this; 0: never", at_least(0)},
      {"ema_decay", s.ema_decay, "Decay of the averaged weights, which are what is saved",
       between(0, 1)},
      Setting("ema", s.ema,
              "Where the averaged weights are kept; off: none are, and the last weights are saved")
          .recorded_as("ema", s.ema != Ema::Off),
      {"adam_moments", s.adam_moments,
       "Adam's two moments: 4 bytes each a number, or 1 (block-wise 8 bit)"},
      Setting("checkpoint_every", s.checkpoint_every,
              "Updates between saved states; 0: only the last is saved", at_least(0))
          .unrecorded(),
      Setting("validate_every", s.validate_every, "Updates between validations; 0: never",
              at_least(0))
          .unrecorded(),
      Setting("sample_every", s.sample_every,
              "Updates between contact sheets in RUN/training; 0: never", at_least(0))
          .unrecorded(),
      Setting("max_steps", s.max_steps,
              "Stop after this many updates of this call, exit 75; 0: never", at_least(0))
          .unrecorded(),
  };
}

std::vector<Setting> settings_of(SlowSettings& s) {
  return {
      {"past", s.past,
       "Past lengths in frames, with shares: 8 or 4:0.75,1:0.15,0:0.1 (0: all frames noised, no "
       "text)"},
      {"future", s.future, "Future frames of an item", at_least(1)},
      {"text_dropout", s.text_dropout, "Share of items with the empty prompt", between(0, 1)},
      {"past_noise", s.past_noise, "Largest standard deviation of noise on the past frames",
       at_least(0)},
      {"own_past", s.own_past,
       "Share of updates whose past frames the model has drawn anew from noised ones",
       between(0, 1)},
      {"own_past_timesteps", s.own_past_timesteps,
       "Timesteps LO:HI to which those are noised, HI excluded", at_least(0)},
      {"own_past_steps", s.own_past_steps, "DDIM steps in which they are drawn", at_least(1)},
      {"train_text_encoder", s.train_text_encoder, "Train the text encoder too"},
      Setting("checkpoint_activations", s.checkpoint_activations, nn::kCheckpointingHelp)
          .unrecorded(),
  };
}

std::vector<Setting> settings_of(VaeSettings& s) {
  return {
      {"kl_weight", s.kl_weight, "Weight of the KL term, a mean over latents", at_least(0)},
      {"l1_weight", s.l1_weight, "Weight of the absolute error", at_least(0)},
      {"mse_weight", s.mse_weight, "Weight of the squared error", at_least(0)},
  };
}

ordered_json to_json(const TrainLoopSettings& s) {
  return json_of_all(s);
}

ordered_json to_json(const SlowSettings& s) {
  return json_of_all(s);
}

ordered_json to_json(const VaeSettings& s) {
  return json_of_all(s);
}

}  // namespace svg::slow
