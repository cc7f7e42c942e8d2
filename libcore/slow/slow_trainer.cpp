#include "libcore/slow/slow_trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <map>

#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/diffusion/masked_denoiser.h"
#include "libcore/model/model_files.h"
#include "libcore/model/text_encoder.h"
#include "libcore/slow/latent_cache.h"
#include "libcore/slow/latent_dataset.h"
#include "libcore/slow/own_past.h"
#include "libcore/slow/slow_samples.h"
#include "libcore/slow/train_loop.h"
#include "libcore/slow/training_footprint.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/heap.h"
#include "libcore/tensor/runtime.h"

namespace svg::slow {

namespace {

constexpr const char* kBeside = "beside.";  // before the names of what is trained beside the UNet

// One training or validation batch, ready for the loss.
struct Item {
  at::Tensor past, future;  // [B, P, C, h, w], [B, F, C, h, w]
  std::vector<std::string> texts;
  Origins origins;
  at::Tensor timesteps, noise;
  // Where the past is to be the model's own (own_past.h): the frames before it, and its noise.
  at::Tensor before, own_timesteps, own_noise;
};

class ItemSource {
 public:
  ItemSource(const LatentDataset& data, const SlowSettings& s, int64_t batch, uint64_t seed,
             const char* stage, int64_t train_steps, at::Device device, int64_t micro_batches)
      : data_(data),
        s_(s),
        batch_(batch),
        seed_(seed),
        stage_(stage),
        train_steps_(train_steps),
        device_(device),
        micro_batches_(micro_batches),
        mix_(parse_past_mix(s.past)) {
    for (const auto& [length, share] : mix_) longest_ = std::max(longest_, length);
  }

  // Micro-batch `micro` of update `draw`; `training` adds what only training does (text dropping,
  // noise on the past). The random numbers of an update are drawn for all of it at once, so that
  // its micro-batches are the parts of one batch.
  // `given`: these items, instead of random ones, with a past that all of them have.
  Item draw(int64_t draw, int64_t micro, bool training,
            std::optional<LatentDataset::Batch> given = {}) const {
    const auto key = [&](const char* what) { return DrawKey{seed_, stage_, draw, what, 0}; };
    const int64_t all = micro_batches_ * batch_, first = micro * batch_;
    const auto part = [&](const at::Tensor& of_all) { return of_all.narrow(0, first, batch_); };
    const auto sizes_of_all = [&](const at::Tensor& x) {
      auto sizes = x.sizes().vec();
      sizes[0] = all;
      return sizes;
    };
    int64_t past = pick_past(draw_uniform(key("past"), {1}).item<double>());
    Item item;
    int64_t future = s_.future;
    if (given) past = given->latents.size(1) - future;
    // Past length 0: the whole window is noised and has no text, as in fast learning's default
    // form.
    const bool all_noised = past == 0;
    const bool own = training && !all_noised && s_.own_past > 0 &&
                     draw_uniform(key("own past"), {1}).item<double>() < s_.own_past;
    const int64_t before = own ? past : 0;
    auto batch = given ? std::move(*given)
                       : data_.draw(seed_, draw * all + first, batch_,
                                    all_noised ? longest_ : before + past, future);
    at::Tensor x = batch.latents.to(device_);
    if (all_noised) future += longest_;
    item.past = x.narrow(1, before, past);
    item.future = x.narrow(1, before + past, future);
    item.texts = batch.texts;
    item.origins = batch.origins;
    item.timesteps = part(draw_integers(key("timestep"), 0, train_steps_, {all})).to(device_);
    item.noise = part(draw_normal(key("noise"), sizes_of_all(item.future))).to(device_);
    if (all_noised) item.texts.assign(item.texts.size(), "");
    if (!training) return item;
    const auto dropped = part(draw_uniform(key("text dropout"), {all}));
    for (int64_t i = 0; i < batch_; ++i) {
      if (dropped[i].item<double>() < s_.text_dropout) item.texts[static_cast<size_t>(i)].clear();
    }
    if (own) {
      item.before = x.narrow(1, 0, before);
      const auto [low, high] = s_.own_past_timesteps;
      item.own_timesteps =
          part(draw_integers(key("own past timestep"), low, high, {all})).to(device_);
      item.own_noise =
          part(draw_normal(key("own past noise"), sizes_of_all(item.past))).to(device_);
    } else if (s_.past_noise > 0 && past > 0) {
      const auto deviation =
          part(draw_uniform(key("past noise level"), {all, 1, 1, 1, 1})).mul(s_.past_noise);
      item.past =
          item.past +
          (part(draw_normal(key("past noise"), sizes_of_all(item.past))) * deviation).to(device_);
    }
    return item;
  }

 private:
  int64_t pick_past(double u) const {
    for (const auto& [length, share] : mix_) {
      if (u < share) return length;
      u -= share;
    }
    return mix_.back().first;
  }

  const LatentDataset& data_;
  const SlowSettings& s_;
  int64_t batch_;
  uint64_t seed_;
  const char* stage_;
  int64_t train_steps_;
  at::Device device_;
  int64_t micro_batches_;  // of an update
  std::vector<std::pair<int64_t, double>> mix_;
  int64_t longest_ = 0;
};

ordered_json provenance_of(const TrainLoopSettings& loop, const SlowSettings& s,
                           const Context& context, const LatentDataset& data,
                           const BesideUnet* beside) {
  ordered_json settings = {{"component", name_of(Component::Unet)}};
  settings.update(to_json(loop));
  settings["dtype"] = name_of(context.dtype);
  settings.update(to_json(s));
  settings["seed"] = context.seed;
  settings["frames"] = data.frame_count();
  if (beside) settings.update(beside->settings());
  return settings;
}

}  // namespace

std::vector<std::pair<int64_t, double>> parse_past_mix(const std::string& text) {
  std::vector<std::pair<int64_t, double>> mix;
  double total = 0;
  std::stringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    try {
      size_t used = 0;
      const int64_t length = std::stoll(part, &used);
      double share = 1;
      if (used < part.size()) {
        if (part[used] != ':') throw std::invalid_argument(part);
        size_t more = 0;
        share = std::stod(part.substr(used + 1), &more);
        if (used + 1 + more != part.size()) throw std::invalid_argument(part);
      }
      if (length < 0 || !(share > 0)) throw std::invalid_argument(part);
      mix.emplace_back(length, share);
      total += share;
    } catch (const std::exception&) {
      fail(ErrorKind::Usage, "--past \"", text,
           "\": expected lengths with optional shares, such as 4 or 4:0.75,1:0.25");
    }
  }
  require(!mix.empty(), ErrorKind::Usage,
          "--past is empty: expected lengths such as 4 or 4:0.75,1:0.25");
  for (auto& [length, share] : mix) share /= total;
  return mix;
}

at::Tensor slow_loss(const UNet3D& unet, const NoiseSchedule& schedule, const at::Tensor& past,
                     const at::Tensor& future, const at::Tensor& text, const at::Tensor& timesteps,
                     const at::Tensor& noise) {
  const auto noisy = add_noise(schedule, future, noise, timesteps);
  const auto target = training_target(schedule, future, noise, timesteps);
  const auto prediction = predict_future(unet, past, noisy, timesteps, text);
  return (prediction - target).square().mean();
}

void train_unet(const TrainingFiles& in, const TrainLoopSettings& loop, const SlowSettings& s,
                Context& context, BesideUnet* beside) {
  const auto device = apply_runtime(context);
  const auto compute = dtype_from(context.dtype);
  require(compute != at::kHalf, ErrorKind::Usage,
          "--dtype fp16: gradients of training leave its range: use bf16 or fp32");
  const ModelDirectory files(in.model);
  const auto config = unet3d_config_from(files.config("unet"), files.config_path("unet"));
  const auto schedule = make_noise_schedule(
      scheduler_config(files.config("scheduler"), files.config_path("scheduler")));
  const auto space = latent_space_of(files);
  const auto data =
      LatentDataset::read(encoded_data(files, in.data, loop.output + "/latents", context), space);
  LatentDataset held_out;
  if (!in.validation.empty()) {
    held_out = LatentDataset::read(
        encoded_data(files, in.validation, loop.output + "/latents", context), space);
  }
  if (device.is_cuda())
    footprint::check_fits(training_footprint(in.model, loop, s, data.frame_shape(), {}, context));
  auto unet_parameters = parameters_of(files, "unet", at::kFloat, device, context.seed);
  UNet3D unet = make_unet3d(unet_parameters, config);
  unet.checkpointing = s.checkpoint_activations;
  if (unet.checkpointing != nn::Checkpointing::None) keep_heap_tight();
  else if (device.is_cpu()) keep_heap_for_reuse();
  unet_parameters.finish();
  const bool new_text = !files.has_weights("text_encoder");
  TextEncoder text =
      new_text ? start_text_encoder(files, loop.output, data.distinct_texts(), device, context.seed)
               : load_text_encoder(files, s.train_text_encoder ? at::kFloat : compute, device);
  log_info(cat("unet: ", unet_parameters.count(), " parameters; ", data.frame_count(),
               " latent frames"));

  TrainTask task;
  std::map<std::string, at::Tensor> known_texts;  // of a frozen encoder
  auto embed = [&](const std::vector<std::string>& texts) {
    if (s.train_text_encoder) return encode_text(text, texts);
    std::vector<at::Tensor> rows;
    for (const auto& t : texts) {
      auto it = known_texts.find(t);
      if (it == known_texts.end()) {
        at::NoGradGuard no_grad;
        it = known_texts.emplace(t, encode_text(text, {t})).first;
      }
      rows.push_back(it->second);
    }
    return at::cat(rows, 0);
  };
  if (beside) {
    beside->attach({unet_parameters, unet, schedule, data,
                    [&](const std::string& t) { return embed({t})[0]; }, device});
    task.may_stop_after = [beside](int64_t step) { return beside->may_stop_after(step); };
  }
  NamedTensors trained;
  for (const auto& [name, t] : unet_parameters.list()) trained.emplace_back("unet." + name, t);
  if (s.train_text_encoder) {
    for (const auto& [name, t] : text.parameters.list())
      trained.emplace_back("text_encoder." + name, t);
  }
  const auto more = beside ? beside->learned() : BesideUnet::Learned();
  for (const auto& [name, t] : more.tensors) trained.emplace_back(kBeside + name, t);
  task.parameters = optim::flatten(trained, compute, loop.accumulate);
  if (!more.tensors.empty()) {
    task.rates = at::ones_like(task.parameters.values);
    for (const auto& [name, t] : optim::cut(task.parameters, task.rates)) {
      if (name.starts_with(kBeside)) t.fill_(more.rate);
    }
  }
  const int64_t train_steps = schedule.config.num_train_timesteps;
  require(s.own_past == 0 || s.own_past_timesteps.high <= train_steps, ErrorKind::Usage,
          "--own-past-timesteps ", s.own_past_timesteps.low, ":", s.own_past_timesteps.high,
          ": the model has ", train_steps, " timesteps");
  const ItemSource items(data, s, loop.batch, context.seed, "slow", train_steps, device,
                         loop.accumulate);
  task.loss = [&](int64_t step, int64_t micro, ordered_json& log) {
    auto item = items.draw(step, micro, true, beside ? beside->items(step, micro) : std::nullopt);
    log["past"] = item.past.size(1);
    if (beside) beside->place(item.origins, step, micro, log);
    if (item.before.defined()) {
      log["own_past"] = true;
      const at::NoGradGuard no_grad;
      const auto no_words = embed(std::vector<std::string>(item.texts.size()));
      item.past = own_past(unet, schedule, item.before, item.past, no_words, item.own_timesteps,
                           item.own_noise, s.own_past_steps);
    }
    return slow_loss(unet, schedule, item.past, item.future, embed(item.texts), item.timesteps,
                     item.noise);
  };
  const ItemSource checks(in.validation.empty() ? data : held_out, s, loop.batch,
                          s.validation_seed.value_or(context.seed + 1), "slow validation",
                          train_steps, device, 1);
  task.validate = [&]() -> ordered_json {
    known_texts.clear();
    constexpr int64_t kBatches = 8;
    const auto loss_of = [&](const std::string& way) {
      double loss = 0;
      for (int64_t i = 0; i < kBatches; ++i) {
        const auto item = checks.draw(i, 0, false);
        if (beside) beside->place_for(way, item.origins);
        loss += slow_loss(unet, schedule, item.past, item.future, embed(item.texts), item.timesteps,
                          item.noise)
                    .item<double>() /
                kBatches;
      }
      return loss;
    };
    ordered_json losses;
    for (const auto& way : beside ? beside->ways() : std::vector<std::string>{""})
      losses[losses.empty() ? "loss" : "loss_" + way] = loss_of(way);
    if (beside) beside->leave();
    return losses;
  };
  task.sample = [&](const std::string& png) {
    const auto item = checks.draw(0, 0, false);
    if (beside) beside->leave();
    write_slow_samples(png, files, unet, schedule, text, item.past, item.future, item.texts,
                       context);
  };
  task.save_model = [&] {
    NamedTensors unet_weights, text_weights, learned;
    for (const auto& [name, t] : optim::cut(task.parameters, task.parameters.values)) {
      if (name.starts_with("unet.")) unet_weights.emplace_back(name.substr(5), t);
      if (name.starts_with("text_encoder.")) text_weights.emplace_back(name.substr(13), t);
      if (name.starts_with(kBeside))
        learned.emplace_back(name.substr(std::string(kBeside).size()), t);
    }
    save_component(files, loop.output, "unet", to_json(config), unet_weights,
                   dtype_from(in.save_dtype));
    if (s.train_text_encoder || new_text) {
      if (text_weights.empty()) text_weights = text.parameters.list();
      save_component(files, loop.output, "text_encoder", to_json(text.clip.config), text_weights,
                     dtype_from(in.save_dtype));
    }
    finish_directory(files, loop.output, context.tool,
                     provenance_of(loop, s, context, data, beside), context.seed);
    if (beside) beside->save(loop.output, learned);
  };
  run_training(task, loop, provenance_of(loop, s, context, data, beside), context);
}

}  // namespace svg::slow
