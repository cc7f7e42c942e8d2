#include "libcore/fast/fast_learning.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <map>

#include "libcore/base/error.h"
#include "libcore/diffusion/masked_denoiser.h"
#include "libcore/fast/closed_form.h"
#include "libcore/optim/schedule.h"

namespace svg::fast {

namespace {

constexpr int64_t kUntilEvery =
    4;  // steps between two looks at the held-out loss, which costs a forward pass of its own

// Each row `n` times, episode slowest: [E, ...] -> [E * n, ...].
at::Tensor repeat_rows(const at::Tensor& x, int64_t n) {
  return n == 1 ? x : x.repeat_interleave(n, 0);
}

// `prediction`, of the model's own type, as what the error is of.
at::Tensor weighed(const NoiseSchedule& schedule, Weighting weighting, const at::Tensor& prediction,
                   const at::Tensor& noisy, const at::Tensor& timesteps) {
  switch (weighting) {
    case Weighting::Eps:
      return epsilon_from(schedule, prediction, noisy, timesteps);
    case Weighting::X0:
      return x0_from(schedule, prediction, noisy, timesteps);
    case Weighting::V:
      break;
  }
  // v - v_hat = (eps - eps_hat) / sqrt(alpha_bar), and that is the native error of a model that
  // predicts v.
  if (schedule.config.prediction_type == PredictionType::VPrediction) return prediction;
  return velocity(schedule, x0_from(schedule, prediction, noisy, timesteps),
                  epsilon_from(schedule, prediction, noisy, timesteps), timesteps);
}

}  // namespace

at::Tensor window_losses(const FastContext& c, const FastSettings& s, const FastWindow& window,
                         const FastDraws& draws, const at::Tensor& wanted) {
  const int64_t n = draws.noise.size(0) / window.latents.size(0);
  const bool clean_past = s.objective == Objective::InputOutput;
  const int64_t past = clean_past ? window.past : 0;
  const auto x = repeat_rows(window.latents, n);
  const auto target = x.narrow(1, past, x.size(1) - past);
  const auto noisy = add_noise(c.schedule, target, draws.noise, draws.timesteps);
  const auto text = repeat_rows(window.text, n);
  const auto prediction =
      predict_future(c.unet, x.narrow(1, 0, past), noisy, draws.timesteps, text);
  at::Tensor difference;
  if (wanted.defined()) {
    difference = weighed(c.schedule, s.weighting, prediction, noisy, draws.timesteps) -
                 weighed(c.schedule, s.weighting, wanted, noisy, draws.timesteps);
  } else if (s.weighting == Weighting::Eps) {
    difference = epsilon_from(c.schedule, prediction, noisy, draws.timesteps) - draws.noise;
  } else {
    const auto x0 = x0_from(c.schedule, prediction, noisy, draws.timesteps);
    if (s.weighting == Weighting::X0) {
      difference = x0 - target;
    } else {
      const auto epsilon = epsilon_from(c.schedule, prediction, noisy, draws.timesteps);
      difference = c.schedule.config.prediction_type == PredictionType::VPrediction
                       ? prediction - velocity(c.schedule, target, draws.noise, draws.timesteps)
                       : velocity(c.schedule, x0 - target, epsilon - draws.noise, draws.timesteps);
    }
  }
  return difference.square().mean({1, 2, 3, 4});
}

at::Tensor prediction_in_context(const FastContext& c, const FastWindow& window,
                                 const FastDraws& draws) {
  const at::NoGradGuard no_grad;
  const int64_t n = draws.noise.size(0) / window.latents.size(0);
  const int64_t frames = window.latents.size(1) - window.past, shown = (window.past + 1) / 2;
  const auto x = repeat_rows(window.latents, n);
  const auto target = x.narrow(1, window.past, frames);
  std::vector<int64_t> spread;  // its last frame for sure
  for (int64_t i = 1; i <= shown; ++i) spread.push_back((i * frames + shown - 1) / shown - 1);
  const auto seen = target.index_select(1, at::tensor(spread, at::kLong).to(target.device()));
  const auto past = at::cat({seen, x.narrow(1, shown, window.past - shown)}, 1);
  return predict_future(c.unet, past, add_noise(c.schedule, target, draws.noise, draws.timesteps),
                        draws.timesteps, repeat_rows(window.text, n));
}

namespace {

// The same for `n` draws an episode, without gradients, as many at a time as learning has:
// measuring takes no more memory than a step.
at::Tensor measured_losses(const FastContext& c, const FastSettings& s, const FastWindow& window,
                           const FastDraws& draws, int64_t n) {
  const at::NoGradGuard no_grad;
  const int64_t episodes = window.latents.size(0);
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < n; first += s.batch) {
    const int64_t count = std::min(s.batch, n - first);
    const auto part = [&](const at::Tensor& x) {
      return x.unflatten(0, {episodes, n}).narrow(1, first, count).flatten(0, 1);
    };
    parts.push_back(window_losses(c, s, window, {part(draws.noise), part(draws.timesteps)})
                        .view({episodes, count}));
  }
  return at::cat(parts, 1).flatten();
}

std::vector<double> per_episode(const at::Tensor& rows, int64_t n) {
  const auto means = rows.detach().view({-1, n}).mean(1).to(at::kDouble).cpu().contiguous();
  return {means.const_data_ptr<double>(), means.const_data_ptr<double>() + means.numel()};
}

}  // namespace

at::Tensor fast_gradient(const FastContext& c, const FastSettings& s, TempLora& memory,
                         const FastWindow& window, const FastDraws& draws) {
  memory.parameters().grads.zero_();
  at::Tensor wanted;
  if (s.target == Target::Context) {
    memory.use_base();
    wanted = prediction_in_context(c, window, draws);
    memory.use_side_path();
  }
  memory.begin_step();
  const at::AutoGradMode mode(s.rule != Rule::Local);  // which needs none
  const auto losses = window_losses(c, s, window, draws, wanted);
  // Mean over an episode's draws, sum over episodes: each adapter gets the gradient it would get
  // alone.
  if (s.rule != Rule::Local)
    torch::autograd::backward(
        {losses.sum() / static_cast<double>(losses.size(0) / memory.episode_count())}, {});
  memory.end_step();
  return losses.detach();
}

at::Tensor fast_step(const FastContext& c, const FastSettings& s, double lr, TempLora& memory,
                     const FastWindow& window, const FastDraws& draws) {
  const auto losses = fast_gradient(c, s, memory, window, draws);
  memory.write([&] {
    if (s.rule != Rule::Adam) return closed_form_write(s, lr, memory);
    optim::adamw_update(memory.optimizer(), {}, lr, memory.parameters().values,
                        memory.parameters().grads);
  });
  return losses;
}

namespace {

void check_settings(const FastContext& c, const FastSettings& s, const TempLora& memory,
                    int64_t chunk, const std::optional<GivenDraws>& given) {
  const auto known = c.schedule.config.num_train_timesteps;
  require(s.timesteps.low < known, ErrorKind::Config, "--fast-timesteps from ", s.timesteps.low,
          ": this model has ", known, " timesteps");
  require(s.until == 0 || memory.episode_count() == 1, ErrorKind::Usage,
          "--fast-until is for one episode at a time");
  if (!given || given->timesteps.numel() == 0) return;
  const auto& t = given->timesteps;
  require(t.min().item<int64_t>() >= 0 && t.max().item<int64_t>() < known, ErrorKind::Config,
          "--draws: timesteps for fast learning of chunk ", chunk, " leave 0..", known - 1);
}

// Episodes as they are now: learning goes through all in step, and some are put back after it.
class KeptEpisodes {
 public:
  explicit KeptEpisodes(TempLora& memory) : memory_(memory) {}
  void keep(int64_t episode) {
    Row row{episode, {}, {}};
    for (const auto& [name, t] : memory_.delta(episode)) row.delta[name] = t;
    for (const auto& [name, t] : memory_.moments(episode)) row.moments[name] = t;
    rows_.push_back(std::move(row));
  }
  template <class Condition>
  void put_back(Condition&& condition) {
    for (const auto& row : rows_) {
      if (!condition(row.episode)) continue;
      memory_.load(row.episode, row.delta);
      memory_.load_moments(row.episode, row.moments, memory_.steps_made());
    }
  }

 private:
  struct Row {
    int64_t episode;
    std::map<std::string, at::Tensor> delta, moments;
  };

  TempLora& memory_;
  std::vector<Row> rows_;
};

FastReport learn_last_chunk(const FastContext& c, const FastSettings& s, TempLora& memory,
                            const EpisodeHistory& h, const std::optional<GivenDraws>& given,
                            const StepGate& gate) {
  FastReport report;
  const auto last = static_cast<int64_t>(h.chunks.size()) - 1;
  require(last >= h.learnable, ErrorKind::Internal,
          "fast learning was asked for before a chunk was there");
  check_settings(c, s, memory, last, given);
  report.loss.assign(static_cast<size_t>(memory.episode_count()), 0);
  if (gate.opens && !gate.opens()) return report;
  memory.use_side_path();
  if (s.optimizer == Moments::Reset)
    memory.optimizer() = optim::make_adamw(memory.parameters().values);
  const int64_t held_out = s.held_out_draws();
  const auto check = window_of(c, h, last, s.with_text());
  const int64_t check_frames =
      check.latents.size(1) - (s.objective == Objective::InputOutput ? check.past : 0);
  const auto check_draws = held_out == 0 ? FastDraws()
                                         : draws_for(c, s, last, "fast check", 0, held_out,
                                                     check.latents.narrow(1, 0, check_frames));
  int64_t measured = -1;  // after how many steps
  const auto measure = [&] {
    if (held_out == 0 || measured == report.steps) return;
    report.loss_after = per_episode(measured_losses(c, s, check, check_draws, held_out), held_out);
    measured = report.steps;
  };
  if (s.gate == 0 && s.decay > 0) memory.shrink(1 - s.decay);
  measure();
  report.loss_before = report.loss_after;
  // Knows the chunk already (settings.gate).
  const auto knows = [&](int64_t e) {
    return s.gate > 0 && report.loss_before[static_cast<size_t>(e)] <= s.gate;
  };
  KeptEpisodes kept(memory);
  int64_t known = 0;
  for (int64_t e = 0; e < memory.episode_count(); ++e) {
    known += knows(e);
    if (knows(e) || s.guard > 0) kept.keep(e);
  }
  if (known == memory.episode_count()) return report;
  if (s.gate > 0 && s.decay > 0) memory.shrink(1 - s.decay);
  const auto good_enough = [&] {
    if (s.until == 0 || report.steps % kUntilEvery != 0) return false;
    measure();
    return report.loss_after[0] <= s.until;
  };
  const optim::LrSchedule schedule{.lr = s.lr, .shape = s.lr_schedule, .total_steps = s.steps};
  for (int64_t step = 0; (!gate.allows || gate.allows(step)) && step < s.steps && !good_enough();
       ++step) {
    const auto seen = learning_step(c, s, h, step, given);
    const auto mine = per_episode(
        fast_step(c, s, optim::lr_at(schedule, step), memory, seen.window, seen.draws), s.batch);
    for (size_t e = 0; e < mine.size(); ++e) report.loss[e] += mine[e];
    ++report.steps;
  }
  for (auto& loss : report.loss) loss /= static_cast<double>(std::max<int64_t>(1, report.steps));
  kept.put_back(knows);
  measure();
  if (s.guard > 0) {
    kept.put_back([&](int64_t e) {
      const double before = report.loss_before[static_cast<size_t>(e)];
      auto& after = report.loss_after[static_cast<size_t>(e)];
      const bool undone = after > s.guard * before;
      if (undone) after = before;
      return undone;
    });
  }
  return report;
}

}  // namespace

FastReport fast_learn(const FastContext& c, const FastSettings& s, TempLora& memory,
                      const EpisodeHistory& h, const std::optional<GivenDraws>& given,
                      const StepGate& gate) {
  return memory.then_base([&] { return learn_last_chunk(c, s, memory, h, given, gate); });
}

}  // namespace svg::fast
