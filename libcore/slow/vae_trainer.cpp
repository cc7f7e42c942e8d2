#include "libcore/slow/vae_trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "libcore/base/log.h"
#include "libcore/model/autoencoder_kl.h"
#include "libcore/model/model_files.h"
#include "libcore/slow/contact_sheet.h"
#include "libcore/slow/frame_dataset.h"
#include "libcore/slow/train_loop.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/pixels.h"
#include "libcore/tensor/runtime.h"

namespace svg::slow {

namespace {

struct ChannelStatistics {
  at::Tensor mean, deviation;  // [C]
};

ChannelStatistics latent_statistics(const AutoencoderKL& vae, const FrameDataset& frames,
                                    uint64_t seed, at::Device device) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> parts;
  for (int64_t i = 0; i < 16; ++i)
    parts.push_back(encode(vae, frames.draw(seed, -1 - i, 64).to(device)).mean);
  const auto x = at::cat(parts, 0);
  return {x.mean({0, 2, 3}), x.std({0, 2, 3}, /*unbiased=*/true)};
}

// The weights of an autoencoder whose latents are (x - mean) / deviation.
NamedTensors whitened(const NamedTensors& weights, const ChannelStatistics& s) {
  NamedTensors out;
  const int64_t c = s.mean.size(0);
  at::Tensor post_weight;
  for (const auto& [name, t] : weights) {
    at::Tensor x = t.detach().clone();
    if (name == "quant_conv.weight") x.narrow(0, 0, c).div_(s.deviation.view({c, 1, 1, 1}));
    if (name == "quant_conv.bias") {
      x.narrow(0, 0, c).sub_(s.mean).div_(s.deviation);
      x.narrow(0, c, c).sub_(s.deviation.log().mul(2));
    }
    if (name == "post_quant_conv.weight") {
      post_weight = t.detach();
      x.mul_(s.deviation.view({1, c, 1, 1}));
    }
    out.emplace_back(name, x);
  }
  for (auto& [name, x] : out) {
    if (name == "post_quant_conv.bias") x.add_(post_weight.view({c, c}).mv(s.mean));
  }
  return out;
}

}  // namespace

void train_vae(const TrainingFiles& in, const TrainLoopSettings& loop,
               const VaeSettings& vae_settings, Context& context) {
  const auto device = apply_runtime(context);
  const ModelDirectory files(in.model);
  auto config = autoencoder_kl_config(files.config("vae"), files.config_path("vae"));
  require(config.use_quant_conv && config.use_post_quant_conv, ErrorKind::Config, in.model,
          "/vae/config.json: training needs use_quant_conv and use_post_quant_conv (the latents' "
          "scale is folded into them)");
  auto parameters = parameters_of(files, "vae", at::kFloat, device, context.seed);
  AutoencoderKL vae = make_autoencoder_kl(parameters, config);
  parameters.finish();
  log_info(cat("vae: ", parameters.count(), " parameters",
               context.dtype == Precision::Fp32 ? "" : ", computed in fp32 whatever --dtype says"));

  const auto frames = FrameDataset::read(in.data);
  const auto held_out = in.validation.empty() ? frames : FrameDataset::read(in.validation);
  ordered_json settings = {{"component", name_of(Component::Vae)}};
  settings.update(to_json(loop));
  settings.update(to_json(vae_settings));
  settings["seed"] = context.seed;
  settings["frames"] = frames.frame_count();
  TrainTask task;
  task.parameters = optim::flatten(parameters.list());
  task.loss = [&](int64_t step, int64_t micro, ordered_json& log) {
    // The draws of an update are made for all of it: micro-batches are parts of one batch.
    const auto x = frames.draw(context.seed, step, loop.batch, micro, loop.accumulate).to(device);
    const auto posterior = encode(vae, x);
    auto shape = posterior.mean.sizes().vec();
    shape[0] *= loop.accumulate;
    const auto noise = draw_normal({context.seed, "vae", step, "posterior", 0}, shape)
                           .narrow(0, micro * loop.batch, loop.batch)
                           .to(device);
    const auto difference = decode(vae, sample(posterior, noise)) - x;
    const auto mse = difference.square().mean(), l1 = difference.abs().mean();
    const auto kl =
        kl_divergence(posterior).mean() / static_cast<double>(posterior.mean[0].numel());
    log["mse"] = mse.item<double>();
    log["kl"] = kl.item<double>();
    return vae_settings.l1_weight * l1 + vae_settings.mse_weight * mse +
           vae_settings.kl_weight * kl;
  };
  task.validate = [&]() -> ordered_json {
    double mse = 0;
    for (int64_t i = 0; i < 8; ++i) {
      const auto x = held_out.draw(context.seed + 1, i, 64).to(device);
      mse += (decode(vae, encode(vae, x).mean).clamp(-1, 1) - x).square().mean().item<double>() / 8;
    }
    return {{"psnr", 10 * std::log10(4 / mse)}};
  };
  task.sample = [&](const std::string& png) {
    const auto x = held_out.draw(context.seed + 1, 0, 8).to(device);
    const auto y = decode(vae, encode(vae, x).mean);
    write_contact_sheet(png, at::stack({bytes_from_pixels(x), bytes_from_pixels(y)}));
  };
  task.save_model = [&] {
    auto saved = config;
    saved.scaling_factor = 1;
    saved.latents_mean.clear();
    saved.latents_std.clear();
    saved.shift_factor.reset();
    const auto weights = whitened(optim::cut(task.parameters, task.parameters.values),
                                  latent_statistics(vae, frames, context.seed, device));
    save_component(files, loop.output, "vae", to_json(saved), weights, dtype_from(in.save_dtype));
    finish_directory(files, loop.output, context.tool, settings, context.seed);
  };
  run_training(task, loop, settings, context);
}

}  // namespace svg::slow
