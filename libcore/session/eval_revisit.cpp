#include "libcore/session/eval_revisit.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "libcore/base/log.h"
#include "libcore/base/shard.h"
#include "libcore/eval/revisit/column_bank.h"
#include "libcore/eval/revisit/handed_in.h"
#include "libcore/eval/revisit/recorded_tasks.h"
#include "libcore/eval/revisit/result_folder.h"
#include "libcore/eval/revisit/rows.h"
#include "libcore/eval/revisit/table.h"
#include "libcore/eval/revisit/task_files.h"
#include "libcore/eval/revisit/world_tasks.h"
#include "libcore/model/latent_codec.h"
#include "libcore/session/guard.h"
#include "libcore/slow/contact_sheet.h"
#include "libcore/tensor/pixels.h"
#include "libcore/tensor/runtime.h"

namespace svg::session {

namespace {

constexpr int64_t kEpisodes = 32;
const std::vector<std::string> kScripts = {"turn-around", "out-and-back", "spin"};

std::vector<std::string> rows_of(const RevisitOptions& o) {
  if (!o.rows.empty()) return o.rows;
  std::vector<std::string> rows{"truth"};
  if (!o.generated.empty()) rows.insert(rows.end(), {"replay", "unrelated", "generated"});
  if (!o.model.empty() && o.generated.empty())
    rows.insert(rows.end(), {"none", "temp-lora", "reset", "swapped", "paper"});
  return rows;
}

std::unique_ptr<eval::RevisitTasks> tasks_of(const RevisitOptions& o, uint64_t seed) {
  if (o.data.empty())
    return std::make_unique<eval::WorldTasks>(
        eval::WorldTaskSettings{.profile = o.profile,
                                .split = o.split,
                                .scripts = o.scripts.empty() ? kScripts : o.scripts,
                                .episodes = o.episodes ? o.episodes : kEpisodes,
                                .chunks = o.chunks,
                                .own = o.own,
                                .seed = seed});
  return std::make_unique<eval::RecordedTasks>(
      eval::RecordedTaskSettings{.folder = o.data,
                                 .scripts = o.scripts,
                                 .episodes = o.episodes,
                                 .given = o.given,
                                 .places = {o.place_radius, o.place_degrees}});
}

// The centre of src_c: mean feature over true frames of the episodes at hand.
at::Tensor mean_feature(const eval::ResNet18& resnet,
                        const std::vector<eval::RevisitEpisode>& episodes) {
  std::vector<at::Tensor> frames;
  for (const auto& e : episodes) {
    for (int64_t t = 0; t < e.frames.size(0); t += 8) frames.push_back(e.frames[t]);
  }
  return eval::features(resnet, at::stack(frames)).mean(0);
}

// Mean over samplings of what is a number in them.
eval::Scores mean_of(const std::vector<eval::Scores>& samples) {
  std::map<std::string, std::pair<double, int>> sums;
  for (const auto& scores : samples) {
    for (const auto& [metric, value] : scores) {
      auto& [sum, n] = sums[metric];
      if (!std::isnan(value)) sum += value, ++n;
    }
  }
  eval::Scores mean;
  for (const auto& [metric, sum] : sums)
    mean[metric] = sum.second ? sum.first / sum.second : std::numeric_limits<double>::quiet_NaN();
  return mean;
}

// Which of the memories it was asked, so that a score cannot depend on an order unseen.
ordered_json memory_json(const std::vector<eval::RowResult>& samples, size_t episode) {
  if (samples.front().memories.empty()) return nullptr;
  ordered_json hashes = ordered_json::array();
  for (const auto& sample : samples) hashes.push_back(sample.memories[episode]);
  return {{"chunks", samples.front().chunks_learned},
          {"hash", samples.size() == 1 ? hashes[0] : hashes}};
}

// A model directory, as the rows of a table use it.
struct Model {
  Pipeline pipeline;
  LatentCodec codec;

  Model(const std::string& directory, const RevisitOptions& o, const Context& context,
        at::Device device)
      : pipeline(load_pipeline(directory, dtype_from(context.dtype), device, o.run.loras)),
        codec{.vae = load_vae(pipeline.files, at::kFloat, at::kCPU),
              .fingerprint = pipeline.latent_space.fingerprint,
              .settings = {}} {}
};

class Evaluation {
 public:
  Evaluation(const RevisitOptions& o, Context& context)
      : o_(o),
        context_(context),
        device_(apply_runtime(context)),
        resnet_(eval::random_resnet18(0)),
        shard_(o.shard.empty() ? Shard{} : shard_from(o.shard)),
        rows_(rows_of(o)),
        tasks_(tasks_of(o, context.seed)) {
    for (const auto& row : rows_) check_row(row);
    require(o.data.empty() || (!o.own && o.chunks == 0), ErrorKind::Usage,
            "--data: its tasks say how many chunks an episode has and what is given");
    if (!o.model.empty()) load_model();
    if (!o.generated.empty())
      handed_in_.emplace(o.generated, eval::FeedSettings{.codec = model_ ? &model_->codec : nullptr,
                                                         .model = o.model});
  }

  Report run() {
    const auto scripts = tasks_->scripts();
    eval::RevisitResultWriter results(o_.output, settings(), eval::revisit_plan(*tasks_, rows_),
                                      o_.resume  ? eval::RevisitResultWriter::Begin::Resume
                                      : o_.force ? eval::RevisitResultWriter::Begin::Force
                                                 : eval::RevisitResultWriter::Begin::New);
    const auto batches = tasks_->batches(o_.batch);
    Progress progress(context_.progress, "row",
                      static_cast<int64_t>(batches.size() * rows_.size()));
    int64_t cell = 0, done = 0;
    for (const auto& b : batches) {
      if (!shard_.has(cell++)) continue;
      batch(results, b, [&](const std::string& row) {
        progress.update(done++, cat(b.setup.script, " ", row));
      });
    }
    if (!o_.sheet.empty() && !sheet_.empty())
      slow::write_contact_sheet(o_.sheet, at::stack(sheet_));
    const auto table = eval::make_revisit_table(results.lines(), rows_, scripts);
    results.finish(table);
    return {table, eval::revisit_table_text(table)};
  }

 private:
  void check_row(const std::string& row) const {
    const auto kind = enum_from<eval::RowKind>(row, "--rows");
    require(!o_.own || !eval::looks_up(kind), ErrorKind::Usage, "--rows ", row,
            ": looks up frames that were given, and --self gives none");
    require(!o_.model.empty() || !eval::needs_model(kind), ErrorKind::Usage, "--rows ", row,
            ": generates: give --model");
    require(kind != eval::RowKind::Loop || !o_.loop_model.empty(), ErrorKind::Usage, "--rows ", row,
            ": give the weights that the loop trained with --loop-model");
    require(kind != eval::RowKind::Generated || !o_.generated.empty(), ErrorKind::Usage, "--rows ",
            row, ": give the videos with --generated");
  }

  void load_model() {
    model_.emplace(o_.model, o_, context_, device_);
    run_ = episode::run_settings_of(model_->pipeline.files, o_.run.settings);
    require(run_.fast.until == 0, ErrorKind::Usage,
            "--fast-until is for one episode at a time, the episodes of a table learn in step");
    run_.seed = context_.seed;
    const auto world = tasks_->world();
    require(!world || run_.future == world->frames, ErrorKind::Config, o_.model,
            ": makes chunks of ", run_.future, " frames, the world has chunks of ",
            world ? world->frames : 0);
    if (o_.loop_model.empty()) return;
    looped_.emplace(o_.loop_model, o_, context_, device_);
    require(looped_->codec.fingerprint == model_->codec.fingerprint, ErrorKind::Config,
            o_.loop_model, ": has another VAE than ", o_.model);
  }

  ordered_json settings() const {
    ordered_json settings;
    if (model_) {
      settings["run"] = to_json(run_);
      settings["unet"] = model_->pipeline.unet_fingerprint;
      settings["vae"] = model_->codec.fingerprint;
    }
    if (looped_) settings["looped"] = looped_->pipeline.unet_fingerprint;
    const auto tasks = tasks_->settings();
    for (const auto& [key, value] : tasks.items()) settings[key] = value;
    settings["batch"] = o_.batch;
    settings["learn_return"] = o_.learn_return;
    settings["seed"] = context_.seed;
    if (o_.samples > 1) settings["samples"] = o_.samples;
    if (handed_in_) settings["generated"] = o_.generated;
    return settings;
  }

  // An episode at the size that it is compared in, with latents where there is a model.
  eval::RevisitEpisode episode(const eval::RevisitBatch& b, int64_t index) const {
    std::optional<eval::RevisitTasks::Size> size;
    if (handed_in_ && !model_ && !tasks_->world())
      size = handed_in_->size_of(tasks_->id_of(b, index));
    auto e = tasks_->make(b, index, size);
    if (!model_) return e;
    require(e.chunk_frames == run_.future, ErrorKind::Config, o_.model, ": makes chunks of ",
            run_.future, " frames, episode ", e.id, " has chunks of ", e.chunk_frames);
    at::NoGradGuard no_grad;
    e.latents = scale_latents(model_->codec.vae.config,
                              encode(model_->codec.vae, pixels_from_bytes(e.frames)).mean)
                    .to(at::kFloat)
                    .cpu();
    return e;
  }

  // The true frames of the next episode of the script, as many and as large as those of episode
  // `index`, `e`.
  at::Tensor unrelated(const eval::RevisitBatch& b, int64_t index,
                       const eval::RevisitEpisode& e) const {
    const auto other = tasks_->make(b, index + 1,
                                    eval::RevisitTasks::Size{static_cast<int>(e.frames.size(2)),
                                                             static_cast<int>(e.frames.size(1))});
    require(other.id != e.id, ErrorKind::Usage, "--rows unrelated: script \"", b.setup.script,
            "\" has one episode alone");
    return other.frames.index_select(
        0, at::arange(e.frames.size(0), at::kLong).remainder(other.frames.size(0)));
  }

  template <class Begun>
  void batch(eval::RevisitResultWriter& results, const eval::RevisitBatch& b, Begun&& begun) {
    std::vector<eval::RevisitEpisode> episodes;
    at::Tensor centre;
    std::vector<eval::LearnedMemories> learned(static_cast<size_t>(o_.samples));
    for (const auto& row : rows_) {
      begun(row);
      if (results.has(row, b.setup.script, b.first + b.count - 1)) continue;
      if (!columns_.defined() && tasks_->world()) columns_ = eval::column_bank(*tasks_->world());
      if (episodes.empty()) {
        for (int64_t i = 0; i < b.count; ++i) episodes.push_back(episode(b, b.first + i));
        centre = mean_feature(resnet_, episodes);
      }
      const auto kind = enum_from<eval::RowKind>(row, "--rows");
      std::vector<eval::RowResult> samples;
      for (int64_t sample = 0; sample < (eval::needs_model(kind) ? o_.samples : 1); ++sample) {
        eval::RowContext c{model_ ? &model_->pipeline : nullptr,
                           looped_ ? &looped_->pipeline : nullptr,
                           model_ ? &model_->codec.vae : nullptr,
                           {resnet_, columns_, centre},
                           run_,
                           o_.learn_return || o_.own};
        c.settings.seed += static_cast<uint64_t>(sample);
        if (handed_in_)
          c.generated = [&](const auto& e, int64_t) { return handed_in_->frames_of(e); };
        c.unrelated = [&](const auto& e, int64_t i) { return unrelated(b, b.first + i, e); };
        samples.push_back(
            eval::run_row(c, kind, b.setup, episodes, learned[static_cast<size_t>(sample)]));
      }
      write(results, {{"row", row}, {"script", b.setup.script}}, b.first, samples);
      if (b.first == 0 && b.setup.script == tasks_->scripts().front()) {
        for (int64_t i = 0; i < std::min<int64_t>(2, b.count); ++i)
          sheet_.push_back(samples.front().frames[i]);
      }
      log_info(cat(b.setup.script, " ", b.first, "..", b.first + b.count - 1, " ", row, " done"));
    }
  }

  static void write(eval::RevisitResultWriter& results, const ordered_json& cell, int64_t first,
                    const std::vector<eval::RowResult>& samples) {
    for (size_t i = 0; i < samples.front().episodes.size(); ++i) {
      std::vector<eval::Scores> scores;
      for (const auto& sample : samples) scores.push_back(sample.episodes[i]);
      ordered_json line = cell;
      line["episode"] = first + static_cast<int64_t>(i);
      for (const auto& [metric, value] : mean_of(scores))
        line[metric] = std::isnan(value) ? ordered_json(nullptr) : ordered_json(value);
      line["memory"] = memory_json(samples, i);
      results.add(std::move(line));
    }
  }

  const RevisitOptions& o_;
  Context& context_;
  at::Device device_;
  eval::ResNet18 resnet_;
  Shard shard_;
  std::vector<std::string> rows_;
  std::unique_ptr<eval::RevisitTasks> tasks_;
  std::optional<Model> model_, looped_;
  std::optional<eval::HandedIn> handed_in_;
  episode::RunSettings run_;
  at::Tensor columns_;  // not needed where --resume has nothing left to run
  std::vector<at::Tensor> sheet_;
};

Report write_tasks(const TasksOptions& o, Context& context) {
  apply_runtime(context);
  const eval::WorldTasks tasks({.profile = o.profile,
                                .split = o.split,
                                .scripts = o.scripts,
                                .episodes = o.episodes,
                                .chunks = o.chunks,
                                .own = o.own,
                                .seed = context.seed});
  Progress progress(context.progress, "episode",
                    static_cast<int64_t>(o.scripts.size()) * o.episodes);
  eval::write_tasks(tasks, o.output, o.force, [&](int64_t done) { progress.update(done, ""); });
  return {};
}

}  // namespace

}  // namespace svg::session

void svg_revisit_session(const svg::session::RevisitOptions& options, svg::Context& context,
                         svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::Evaluation(options, context).run(); });
}

void svg_tasks_session(const svg::session::TasksOptions& options, svg::Context& context,
                       svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::write_tasks(options, context); });
}
