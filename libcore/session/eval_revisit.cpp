#include "libcore/session/eval_revisit.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "libcore/base/log.h"
#include "libcore/base/shard.h"
#include "libcore/eval/revisit/column_bank.h"
#include "libcore/eval/revisit/result_folder.h"
#include "libcore/eval/revisit/rows.h"
#include "libcore/eval/revisit/table.h"
#include "libcore/session/guard.h"
#include "libcore/slow/contact_sheet.h"
#include "libcore/tensor/runtime.h"

namespace svg::session {

namespace {

ordered_json settings_of(const RevisitOptions& o, const episode::RunSettings& run,
                         const Pipeline& pipeline, uint64_t seed, const std::string& world_digest) {
  ordered_json settings{{"run", to_json(run)},
                        {"unet", pipeline.unet_fingerprint},
                        {"vae", pipeline.latent_space.fingerprint},
                        {"world", o.profile + " " + world_digest},
                        {"split", o.split},
                        {"batch", o.batch},
                        {"learn_return", o.learn_return},
                        {"chunks", o.chunks},
                        {"seed", seed}};
  if (o.own) settings["self"] = true;
  if (o.samples > 1) settings["samples"] = o.samples;
  return settings;
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

class Evaluation {
 public:
  Evaluation(const RevisitOptions& o, Context& context)
      : o_(o),
        context_(context),
        device_(apply_runtime(context)),
        config_(world::make_config({.profile = o.profile})),
        pipeline_(load_pipeline(o.model, dtype_from(context.dtype), device_, o.run.loras)),
        vae_(load_vae(pipeline_.files, at::kFloat, at::kCPU)),
        resnet_(eval::random_resnet18(0)),
        shard_(o.shard.empty() ? Shard{} : shard_from(o.shard)),
        run_(episode::run_settings_of(pipeline_.files, o.run.settings)) {
    for (const auto& row : o.rows) {
      const auto kind = enum_from<eval::RowKind>(row, "--rows");
      require(!o.own || !eval::looks_up(kind), ErrorKind::Usage, "--rows ", row,
              ": looks up frames that were given, and --self gives none");
    }
    for (const auto& script : o.scripts) eval::revisit_setup(script, o.chunks, o.own);
    require(run_.fast.until == 0, ErrorKind::Usage,
            "--fast-until is for one episode at a time, the episodes of a table learn in step");
    run_.seed = context.seed;
    require(run_.future == config_.frames, ErrorKind::Config, o.model, ": makes chunks of ",
            run_.future, " frames, the world \"", o.profile, "\" has chunks of ", config_.frames);
  }

  Report run() {
    eval::RevisitResultWriter results(
        o_.output, settings_of(o_, run_, pipeline_, context_.seed, world::config_digest(config_)),
        eval::revisit_plan(o_.scripts, o_.rows, o_.episodes),
        o_.resume  ? eval::RevisitResultWriter::Begin::Resume
        : o_.force ? eval::RevisitResultWriter::Begin::Force
                   : eval::RevisitResultWriter::Begin::New);
    const int64_t batches = (o_.episodes + o_.batch - 1) / o_.batch;
    Progress progress(context_.progress, "row",
                      static_cast<int64_t>(o_.scripts.size() * o_.rows.size()) * batches);
    int64_t cell = 0, done = 0;
    for (const auto& script : o_.scripts) {
      for (int64_t first = 0; first < o_.episodes; first += o_.batch) {
        if (!shard_.has(cell++)) continue;
        batch(results, script, first,
              [&](const std::string& row) { progress.update(done++, cat(script, " ", row)); });
      }
    }
    if (!o_.sheet.empty() && !sheet_.empty())
      slow::write_contact_sheet(o_.sheet, at::stack(sheet_));
    const auto table = eval::make_revisit_table(results.lines(), o_.rows, o_.scripts);
    results.finish(table);
    return {table, eval::revisit_table_text(table)};
  }

 private:
  template <class Begun>
  void batch(eval::RevisitResultWriter& results, const std::string& script, int64_t first,
             Begun&& begun) {
    const auto setup = eval::revisit_setup(script, o_.chunks, o_.own);
    const int64_t count = std::min(o_.batch, o_.episodes - first);
    std::vector<eval::RevisitEpisode> episodes;
    at::Tensor centre;
    std::vector<eval::LearnedMemories> learned(static_cast<size_t>(o_.samples));
    for (const auto& row : o_.rows) {
      begun(row);
      if (results.has(row, script, first + count - 1)) continue;
      if (!columns_.defined()) columns_ = eval::column_bank(config_);
      if (episodes.empty()) {
        for (int64_t i = 0; i < count; ++i)
          episodes.push_back(
              eval::make_revisit_episode(config_, setup, o_.split, context_.seed, first + i, vae_));
        centre = mean_feature(resnet_, episodes);
      }
      std::vector<eval::RowResult> samples;
      for (int64_t sample = 0; sample < o_.samples; ++sample) {
        eval::RowContext c{
            pipeline_, vae_, {resnet_, columns_, centre}, run_, o_.learn_return || o_.own};
        c.settings.seed += static_cast<uint64_t>(sample);
        samples.push_back(eval::run_row(c, enum_from<eval::RowKind>(row, "--rows"), setup, episodes,
                                        learned[static_cast<size_t>(sample)]));
      }
      write(results, {{"row", row}, {"script", script}}, first, samples);
      if (first == 0 && script == o_.scripts.front()) {
        for (int64_t i = 0; i < std::min<int64_t>(2, count); ++i)
          sheet_.push_back(samples.front().frames[i]);
      }
      log_info(cat(script, " ", first, "..", first + count - 1, " ", row, " done"));
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
  world::WorldConfig config_;
  Pipeline pipeline_;
  AutoencoderKL vae_;
  eval::ResNet18 resnet_;
  Shard shard_;
  episode::RunSettings run_;
  at::Tensor columns_;  // not needed where --resume has nothing left to run
  std::vector<at::Tensor> sheet_;
};

}  // namespace

}  // namespace svg::session

void svg_revisit_session(const svg::session::RevisitOptions& options, svg::Context& context,
                         svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::Evaluation(options, context).run(); });
}
