#include "libcore/loop/start_phase.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "formats/provenance.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/episode/run_settings.h"
#include "libcore/fast/lora_targets.h"
#include "libcore/fast/start.h"
#include "libcore/fast/start_file.h"
#include "libcore/model/model_files.h"
#include "libcore/optim/schedule.h"
#include "libcore/slow/latent_cache.h"
#include "libcore/slow/latent_dataset.h"
#include "libcore/slow/train_loop.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/runtime.h"

namespace svg::loop {

namespace {

// Of the two gradients whose difference goes through a write: how far apart they are taken, as a
// share of the memory's norm. Smaller ones drown in rounding, larger ones see another curve.
constexpr double kApart = 1e-3;

constexpr double kNoGradient = 1e-12;

// [E, ...] -> [E, 1, 1] sums over the rest.
at::Tensor row_sums(const at::Tensor& x) {
  return x.sum({1, 2}, true);
}

struct Write {
  fast::LearningStep step;
  double lr = 0;
  at::Tensor values, grads;  // [P] before it
};

class LessonInProgress {
 public:
  LessonInProgress(const Lesson& lesson, fast::TempLora& memory, int64_t through)
      : lesson_(lesson), memory_(memory), through_(through) {
    require(through == 0 || lesson.fast.rule == fast::Rule::Normalised, ErrorKind::Usage,
            "--write-gradient ", through, ": through writes of --fast-rule normalised");
    asked_ = lesson.fast;
    asked_.objective = fast::Objective::InputOutput;
    asked_.text = fast::Text::On;
    asked_.past_noise = 0;
  }

  void learn() {
    memory_.use_side_path();
    const auto& s = lesson_.fast;
    const optim::LrSchedule schedule{.lr = s.lr, .shape = s.lr_schedule, .total_steps = s.steps};
    for (int64_t chunk = 1; chunk <= lesson_.learned; ++chunk) {
      auto so_far = lesson_.history;  // views
      so_far.chunks.resize(static_cast<size_t>(chunk + 1));
      const auto& last = so_far.chunks.back();
      so_far.latents = so_far.latents.narrow(1, 0, last.first + last.frames);
      so_far.learnable = 1;
      for (int64_t i = 0; i < s.steps; ++i) {
        Write write{
            fast::learning_step(lesson_.context, s, so_far, i), optim::lr_at(schedule, i), {}, {}};
        if (through_ > 0) write.values = memory_.parameters().values.clone();
        fast::fast_step(lesson_.context, s, write.lr, memory_, write.step.window, write.step.draws);
        if (through_ == 0) continue;
        write.grads = memory_.parameters().grads.clone();
        writes_.push_back(std::move(write));
        if (static_cast<int64_t>(writes_.size()) > through_) writes_.erase(writes_.begin());
      }
    }
  }

  // The losses of the answers, mean over questions, [E].
  at::Tensor ask(bool with_gradient) {
    const auto n = static_cast<double>(lesson_.questions.size());
    at::Tensor losses;
    for (size_t i = 0; i < lesson_.questions.size(); ++i) {
      const auto chunk = lesson_.questions[i];
      const auto window =
          lesson_.ask == Ask::Back
              ? fast::reversed_window_of(lesson_.context, lesson_.history, chunk, true)
              : fast::window_of(lesson_.context, lesson_.history, chunk, true);
      const auto target =
          window.latents.narrow(1, window.past, window.latents.size(1) - window.past);
      const auto draws = fast::draws_for(lesson_.context, asked_, chunk, "question", 0, 1, target);
      const at::AutoGradMode mode(with_gradient);
      const auto loss = fast::window_losses(lesson_.context, asked_, window, draws) / n;
      if (with_gradient)
        torch::autograd::backward({loss.sum() / static_cast<double>(loss.size(0))}, {});
      losses = losses.defined() ? losses + loss.detach() : loss.detach();
    }
    return losses;
  }

  // Goes back from the gradient `v` by the memories as they are now to that by the start.
  void go_back(at::Tensor& v, const at::Tensor& start, LessonResult& result) {
    result.log_rate_grads = at::zeros({static_cast<int64_t>(tensors().size())}, v.options());
    for (auto write = writes_.rbegin(); write != writes_.rend(); ++write)
      through(*write, v, result);
    // Before them: what was learned is frozen, and scales with its rate.
    const auto first = writes_.empty() ? memory_.parameters().values : writes_.front().values;
    add_rate_grads(v, first - start, result);
    memory_.parameters().values.copy_(first);
  }

 private:
  const NamedTensors& tensors() { return memory_.parameters().named; }
  NamedTensors cut(const at::Tensor& flat) { return optim::cut(memory_.parameters(), flat); }

  void add_rate_grads(const at::Tensor& v, const at::Tensor& change, LessonResult& result) {
    const auto products = v * change;
    const auto parts = cut(products);
    for (size_t i = 0; i < parts.size(); ++i)
      result.log_rate_grads[static_cast<int64_t>(i)] += parts[i].second.sum();
  }

  // Theta' = Theta - lr rate n(g(Theta)), n(g) = g / rms(g):
  // dL/dTheta = v - H J (lr rate v), J = (1 - n n^T / N) / rms(g), H the derivative of g.
  void through(const Write& write, at::Tensor& v, LessonResult& result) {
    auto& values = memory_.parameters().values;
    const auto change = memory_.change_at_rates(-write.lr);  // -lr rate, [P]
    auto direction = at::empty_like(v);
    auto normalised = at::empty_like(v);
    const auto g = cut(write.grads), u = cut(direction), n = cut(normalised), w = cut(v * change);
    for (size_t i = 0; i < g.size(); ++i) {
      // What has no gradient, as A beside a B of zeros, stays, and says nothing.
      const auto rms = g[i].second.square().mean({1, 2}, true).sqrt();
      const auto scale = at::where(rms > kNoGradient, rms.reciprocal(), at::zeros_like(rms));
      n[i].second.copy_(g[i].second * scale);
      const auto along = (w[i].second * n[i].second).mean({1, 2}, true);
      u[i].second.copy_((w[i].second - n[i].second * along) * scale);
    }
    add_rate_grads(v, change * normalised, result);
    // H u of each episode, by the difference of gradients.
    at::Tensor of_u, of_values, of_v;
    const auto here = cut(write.values), vs = cut(v);
    for (size_t i = 0; i < u.size(); ++i) {
      const auto add = [](at::Tensor& sum, const at::Tensor& x) {
        sum = sum.defined() ? sum + row_sums(x.square()) : row_sums(x.square());
      };
      add(of_u, u[i].second);
      add(of_values, here[i].second);
      add(of_v, vs[i].second);
    }
    const auto apart = (of_values.sqrt() * kApart / of_u.sqrt().clamp_min(1e-30));
    values.copy_(write.values);
    const auto moved = cut(values);
    for (size_t i = 0; i < u.size(); ++i) moved[i].second.add_(u[i].second * apart);
    fast::fast_gradient(lesson_.context, lesson_.fast, memory_, write.step.window,
                        write.step.draws);
    auto bent = (memory_.parameters().grads - write.grads);
    const auto b = cut(bent);
    at::Tensor of_b;
    for (size_t i = 0; i < b.size(); ++i) {
      b[i].second.div_(apart);
      of_b =
          of_b.defined() ? of_b + row_sums(b[i].second.square()) : row_sums(b[i].second.square());
    }
    const auto ratio = (of_b / of_v.clamp_min(1e-30)).sqrt();
    result.curvature = std::max(result.curvature, ratio.max().item<double>());
    const auto keep = (lesson_.most_curvature / ratio.clamp_min(1e-30)).clamp_max(1);
    for (size_t i = 0; i < b.size(); ++i) vs[i].second.add_(b[i].second * keep);
    values.copy_(write.values);
  }

  const Lesson& lesson_;
  fast::TempLora& memory_;
  fast::FastSettings asked_;
  int64_t through_;
  std::vector<Write> writes_;
};

}  // namespace

LessonResult give_lesson(const Lesson& lesson, fast::TempLora& memory, int64_t through) {
  return memory.then_base([&] {
    LessonInProgress in_progress(lesson, memory, through);
    memory.reset(lesson.context.seed);
    const auto start = memory.parameters().values.clone();
    in_progress.learn();
    memory.parameters().grads.zero_();
    const auto losses = in_progress.ask(true).to(at::kDouble).cpu().contiguous();
    LessonResult result;
    result.losses.assign(losses.const_data_ptr<double>(),
                         losses.const_data_ptr<double>() + losses.numel());
    result.grads = memory.parameters().grads.clone();
    const at::NoGradGuard no_grad;
    in_progress.go_back(result.grads, start, result);
    return result;
  });
}

LessonLosses measure_lesson(const Lesson& lesson, fast::TempLora& memory) {
  return memory.then_base([&] {
    LessonInProgress in_progress(lesson, memory, 0);
    const auto loss = [&] { return in_progress.ask(false).mean().item<double>(); };
    memory.reset(lesson.context.seed);
    LessonLosses losses;
    memory.use_side_path();
    losses.start = loss();
    memory.use_base();
    losses.none = loss();
    {
      const at::AutoGradMode learns(true);
      in_progress.learn();
    }
    losses.own = loss();
    const at::NoGradGuard no_grad;
    for (auto& [name, t] : memory.parameters().named) t.detach().copy_(t.detach().roll(1, 0));
    losses.swapped = loss();
    return losses;
  });
}

namespace {

// The episodes of a data set, and the lessons that they make.
class Lessons {
 public:
  Lessons(const slow::LatentDataset& data, const Pipeline& pipeline,
          const episode::RunSettings& run, const StartSettings& start, int64_t batch)
      : data_(data), pipeline_(pipeline), run_(run), start_(start), batch_(batch) {
    std::map<int64_t, std::vector<Recorded>> by_length;
    for (int64_t i = 0; i < data.chunk_count(); ++i) {
      const auto item = data.item(i, 1);
      require(item.frames.size(0) == run.future, ErrorKind::Config, "episode ", item.episode,
              ": a chunk of ", item.frames.size(0), " frames, the model's have ", run.future);
      if (item.past.size(0) == 0) all_.push_back({i, 0});
      ++all_.back().chunks;
    }
    for (const auto& e : all_) by_length[e.chunks].push_back(e);
    const auto usual = std::max_element(
        by_length.begin(), by_length.end(),
        [](const auto& x, const auto& y) { return x.second.size() < y.second.size(); });
    chunks_ = usual->first;
    episodes_ = usual->second;
    learned_ = start.learned > 0 ? start.learned : chunks_ / 2 - 1;
    const int64_t most = chunks_ - (start.ask == Ask::Later ? 2 : 1);
    require(1 <= learned_ && learned_ <= most, ErrorKind::Config, "--learned ", learned_,
            ": episodes of ", chunks_, " chunks have at most ", most,
            " to learn before one is asked for");
    require(static_cast<int64_t>(episodes_.size()) >= batch, ErrorKind::Config, "--batch ", batch,
            ": the data has ", episodes_.size(), " episodes of ", chunks_, " chunks");
  }

  // Calls f(lesson, memory) for lesson `number`, drawn by `seed`.
  template <class F>
  auto with(int64_t number, uint64_t seed, Parameters& unet, F&& f) const {
    const auto n = static_cast<int64_t>(episodes_.size());
    const int64_t first = number * batch_;
    std::vector<std::string> names;
    std::vector<Recorded> chosen;
    for (int64_t i = 0; i < batch_; ++i) {
      const auto at = first + i;
      const auto order = draw_uniform({seed, "loop", at / n, "lesson order", 0}, {n}).argsort();
      chosen.push_back(episodes_[static_cast<size_t>(order[at % n].item<int64_t>())]);
      names.push_back(cat(data_.item(chosen.back().first, 0).episode, "/", number, "/", i));
    }
    const auto history = history_of(chosen);
    const fast::FastContext context{pipeline_.unet, pipeline_.schedule, pipeline_.embed(""), seed,
                                    names,          run_.past};
    Lesson lesson{context, run_.fast, history, learned_, start_.ask, {}};
    const auto before = start_.ask == Ask::Later ? learned_ + 1 : 1;
    const auto asked = start_.ask == Ask::Later ? chunks_ - before : learned_;
    const auto order = draw_uniform({seed, "loop", number, "questions", 0}, {asked}).argsort();
    for (int64_t i = 0; i < std::min(start_.questions, asked); ++i)
      lesson.questions.push_back(before + order[i].item<int64_t>());
    fast::TempLora memory(unet, run_.fast.targets, run_.fast.rank, run_.fast.scale(), names,
                          fast::OffloadWhileSampling::Never);
    memory.set_rule(run_.fast.rule);
    return f(lesson, memory);
  }

 private:
  struct Recorded {
    int64_t first = 0, chunks = 0;
  };

  fast::EpisodeHistory history_of(const std::vector<Recorded>& chosen) const {
    fast::EpisodeHistory history;
    std::vector<at::Tensor> parts;
    int64_t frames = 0;
    for (int64_t c = 0; c < chunks_; ++c) {
      fast::EpisodeHistory::Chunk entry;
      std::vector<at::Tensor> rows;
      for (const auto& e : chosen) {
        const auto item = data_.item(e.first + c, 0);
        rows.push_back(item.frames);
        entry.text.push_back(pipeline_.embed(item.text));
        entry.inverse.push_back(pipeline_.embed(item.inverse));
      }
      parts.push_back(at::stack(rows).to(pipeline_.device));
      entry.first = frames;
      entry.frames = parts.back().size(1);
      frames += entry.frames;
      history.chunks.push_back(std::move(entry));
    }
    history.latents = at::cat(parts, 1);
    history.learnable = 1;
    return history;
  }

  const slow::LatentDataset& data_;
  const Pipeline& pipeline_;
  const episode::RunSettings& run_;
  const StartSettings& start_;
  int64_t batch_, chunks_ = 0, learned_ = 0;
  std::vector<Recorded> all_, episodes_;
};

constexpr const char* kRates = "log_rates";

class StartTraining {
 public:
  StartTraining(const StartWork& work, Context& context)
      : work_(work),
        context_(context),
        device_(apply_runtime(context)),
        pipeline_(load_pipeline(work.model, at::kFloat, device_)),
        run_(episode::run_settings_of(pipeline_.files, work.settings)) {
    const auto& s = run_.fast;
    require(s.gate == 0 && s.until == 0 && s.budget.empty() && s.decay == 0, ErrorKind::Usage,
            "svg-loop start: without --fast-gate, --fast-until, --fast-budget and --fast-decay");
    require(work.start.write_gradient == 0 || s.rule == fast::Rule::Normalised, ErrorKind::Usage,
            "--write-gradient: through writes of --fast-rule normalised");
    require(work.loop.accumulate == 1, ErrorKind::Usage,
            "svg-loop start: one batch an update: --accumulate 1");
    base_ = pipeline_.files.fingerprint("unet");
    data_ = read(work.data);
    held_out_ = work.validation.empty() ? data_ : read(work.validation);
  }

  void run() {
    const Lessons lessons(data_, pipeline_, run_, work_.start, work_.loop.batch);
    const Lessons checks(held_out_, pipeline_, run_, work_.start, work_.loop.batch);
    begin();
    slow::TrainTask task;
    NamedTensors trained = start_;
    trained.emplace_back(kRates, log_rates_);
    task.parameters = optim::flatten(trained);
    task.rates = at::ones_like(task.parameters.values);
    task.rates.narrow(0, task.rates.numel() - log_rates_.numel(), log_rates_.numel())
        .fill_(work_.start.learn_rates ? work_.start.rate_lr / work_.loop.lr : 0);
    task.loss = [&](int64_t step, int64_t, ordered_json& log) {
      return lessons.with(step, context_.seed, pipeline_.unet_parameters,
                          [&](const Lesson& lesson, fast::TempLora& memory) {
                            return loss_of(lesson, memory, log);
                          });
    };
    task.validate = [&]() -> ordered_json {
      LessonLosses sum;
      constexpr int64_t kLessons = 2;
      for (int64_t i = 0; i < kLessons; ++i) {
        checks.with(i, 0, pipeline_.unet_parameters,
                    [&](const Lesson& lesson, fast::TempLora& memory) {
                      put_start(memory);
                      const auto losses = measure_lesson(lesson, memory);
                      sum.own += losses.own / kLessons;
                      sum.start += losses.start / kLessons;
                      sum.swapped += losses.swapped / kLessons;
                      sum.none += losses.none / kLessons;
                    });
      }
      return {{"loss", sum.own},
              {"loss_none", sum.none},
              {"loss_start", sum.start},
              {"loss_swapped", sum.swapped}};
    };
    task.save_model = [&] { save(); };
    run_training(task, work_.loop, provenance(), context_);
  }

 private:
  slow::LatentDataset read(const std::vector<std::string>& data) const {
    const auto streams =
        slow::encoded_data(pipeline_.files, data, work_.loop.output + "/latents", context_);
    return slow::LatentDataset::read(streams, pipeline_.latent_space);
  }

  // Where the training begins: with the start that the settings name, or one without anything.
  void begin() {
    const auto& sites = pipeline_.unet_parameters.sites();
    fast::Start start;
    if (run_.fast.init.empty()) {
      start = fast::fresh_start(sites, run_.fast, context_.seed);
    } else {
      std::vector<std::string> layers;
      for (const auto i : fast::targeted_sites(sites, run_.fast.targets))
        layers.push_back(sites[i].name);
      start = fast::read_start(run_.fast.init, run_.fast, layers, base_);
    }
    // In the order of a memory's tensors.
    const fast::TempLora like(pipeline_.unet_parameters, run_.fast.targets, run_.fast.rank,
                              run_.fast.scale(), {"start"}, fast::OffloadWhileSampling::Never);
    std::vector<double> rates;
    for (const auto& [name, t] : like.delta(0)) {
      start_.emplace_back(name, start.tensors.at(name).to(device_));
      const auto rate = start.rates.find(name);
      rates.push_back(std::log(rate == start.rates.end() ? 1 : std::max(rate->second, 1e-6)));
    }
    log_rates_ = at::tensor(rates, at::kDouble).to(device_, at::kFloat);
  }

  fast::Start now() const {
    fast::Start start;
    const auto rates = log_rates_.detach().exp().to(at::kDouble).cpu();
    for (size_t i = 0; i < start_.size(); ++i) {
      const auto& [name, t] = start_[i];
      start.tensors[name] = t.detach().to(at::kCPU).clone();
      start.rates[name] = rates[static_cast<int64_t>(i)].item<double>();
    }
    return start;
  }

  void put_start(fast::TempLora& memory) const {
    auto start = now();
    memory.begin_from(std::move(start.tensors), start.rates);
  }

  // The loss of the lesson, whose gradients by the start and the rates are those of the lesson.
  at::Tensor loss_of(const Lesson& lesson, fast::TempLora& memory, ordered_json& log) {
    put_start(memory);
    const auto result = give_lesson(lesson, memory, work_.start.write_gradient);
    double mean = 0;
    for (const double loss : result.losses)
      mean += loss / static_cast<double>(result.losses.size());
    if (work_.start.write_gradient > 0) log["curvature"] = result.curvature;
    auto sum = (log_rates_ * result.log_rate_grads).sum();
    const auto grads = optim::cut(memory.parameters(), result.grads);
    for (size_t i = 0; i < start_.size(); ++i)
      sum = sum + (start_[i].second * grads[i].second.sum(0)).sum();
    return sum - sum.detach() + mean;
  }

  ordered_json provenance() const {
    ordered_json settings = {{"component", "start"}};
    settings.update(to_json(work_.loop));
    settings["start"] = to_json(work_.start);
    settings["past"] = run_.past;
    settings["fast"] = to_json(run_.fast);
    settings["seed"] = context_.seed;
    settings["frames"] = data_.frame_count();
    return settings;
  }

  void save() {
    const auto& output = work_.loop.output;
    finish_directory(pipeline_.files, output, context_.tool, provenance(), context_.seed);
    make_directories(output + "/fast");
    const auto made_by = output + "/provenance.json";
    fast::write_start(output + "/" + fast::kModelStart, now(), run_.fast, base_,
                      parse_ordered_json(read_file(made_by), made_by));
  }

  const StartWork& work_;
  Context& context_;
  at::Device device_;
  Pipeline pipeline_;
  episode::RunSettings run_;
  std::string base_;
  slow::LatentDataset data_, held_out_;
  NamedTensors start_;    // as of TempLora::delta()
  at::Tensor log_rates_;  // of each of them
};

}  // namespace

void start_phase(const StartWork& work, Context& context) {
  slow::refuse_existing_run(work.loop);
  StartTraining(work, context).run();
}

}  // namespace svg::loop
