#include "libcore/loop/start_phase.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "formats/provenance.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/fast/lora_targets.h"
#include "libcore/fast/start.h"
#include "libcore/fast/start_file.h"
#include "libcore/loop/lessons.h"
#include "libcore/model/model_files.h"
#include "libcore/slow/latent_cache.h"
#include "libcore/slow/train_loop.h"
#include "libcore/tensor/runtime.h"

namespace svg::loop {

namespace {

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
