#include "libcore/session/eval_revisit.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <sstream>

#include "libcore/base/atomic_file.h"
#include "libcore/base/line_file.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"
#include "libcore/eval/bootstrap.h"
#include "libcore/eval/revisit_rows.h"
#include "libcore/eval/revisit_table.h"
#include "libcore/session/guard.h"
#include "libcore/slow/contact_sheet.h"
#include "libcore/tensor/runtime.h"

namespace svg::session {

namespace {

namespace fs = std::filesystem;

ordered_json settings_of(const RevisitOptions& o, const episode::RunSettings& run,
                         const Pipeline& pipeline, uint64_t seed, const std::string& world_digest) {
  return {{"run", to_json(run)},
          {"unet", pipeline.unet_fingerprint},
          {"vae", pipeline.latent_space.fingerprint},
          {"world", o.profile + " " + world_digest},
          {"split", o.split},
          {"batch", o.batch},
          {"learn_return", o.learn_return},
          {"chunks", o.chunks},
          {"seed", seed}};
}

// Result lines of an earlier call: one a (row, script, episode).
class ResultFile {
 public:
  ResultFile(const RevisitOptions& o, const ordered_json& settings)
      : path_(o.output + "/episodes.jsonl") {
    const auto settings_path = o.output + "/settings.json";
    const bool there = path_exists(settings_path, ErrorKind::CannotCreate);
    require(!there || o.resume || o.force, ErrorKind::CannotCreate, o.output,
            ": holds results: go on with --resume, or start anew with --force");
    if (there && o.resume) {
      require(parse_json(read_file(settings_path), settings_path) == json(settings),
              ErrorKind::Config, o.output,
              ": holds results of another model or other settings: use another -o, or --force");
      std::istringstream in(read_file(path_));
      std::string kept;
      for (std::string line; std::getline(in, line);) {
        auto entry = ordered_json::parse(line, nullptr, false);
        if (entry.is_discarded()) continue;  // torn by a stop
        kept += line + "\n";
        lines_.push_back(std::move(entry));
      }
      write_file_atomically(path_, kept);
    } else {
      make_directories(o.output);
      write_file_atomically(path_, "");
      write_file_atomically(settings_path, settings.dump(2) + "\n");
    }
    out_ = LineFile::in(o.output, "episodes.jsonl");
  }

  bool has(const std::string& row, const std::string& script, int64_t episode) const {
    for (const auto& line : lines_) {
      if (line.value("row", "") == row && line.value("script", "") == script &&
          line.value("episode", int64_t{-1}) == episode)
        return true;
    }
    return false;
  }

  void add(ordered_json line) {
    out_.write(line.dump());
    lines_.push_back(std::move(line));
  }

  const std::vector<ordered_json>& lines() const { return lines_; }

 private:
  std::string path_;
  std::vector<ordered_json> lines_;
  LineFile out_;
};

// The centre of src_c: mean feature over true frames of the episodes at hand.
at::Tensor mean_feature(const eval::ResNet18& resnet,
                        const std::vector<eval::RevisitEpisode>& episodes) {
  std::vector<at::Tensor> frames;
  for (const auto& e : episodes) {
    for (int64_t t = 0; t < e.frames.size(0); t += 8) frames.push_back(e.frames[t]);
  }
  return eval::features(resnet, at::stack(frames)).mean(0);
}

Report revisit(const RevisitOptions& o, Context& context) {
  const auto device = apply_runtime(context);
  for (const auto& row : o.rows) enum_from<eval::RowKind>(row, "--rows");
  const auto config = world::make_config({.profile = o.profile});
  auto pipeline = load_pipeline(o.model, dtype_from(context.dtype), device, o.run.loras);
  const auto vae = load_vae(pipeline.files, at::kFloat, at::kCPU);
  const auto resnet = eval::random_resnet18(0);
  at::Tensor columns;  // not needed where --resume has nothing left to run
  auto settings = episode::run_settings_of(pipeline.files, o.run.settings);
  require(settings.fast.until == 0, ErrorKind::Usage,
          "--fast-until is for one episode at a time, the episodes of a table learn in step");
  settings.seed = context.seed;
  require(settings.future == config.frames, ErrorKind::Config, o.model, ": makes chunks of ",
          settings.future, " frames, the world \"", o.profile, "\" has chunks of ", config.frames);

  ResultFile results(
      o, settings_of(o, settings, pipeline, context.seed, world::config_digest(config)));
  std::vector<at::Tensor> sheet;
  const int64_t batches = (o.episodes + o.batch - 1) / o.batch;
  Progress progress(context.progress, "row",
                    static_cast<int64_t>(o.scripts.size() * o.rows.size()) * batches);
  int64_t done = 0;
  for (const auto& script : o.scripts) {
    const auto setup = eval::revisit_setup(script, o.chunks);
    for (int64_t first = 0; first < o.episodes; first += o.batch) {
      const int64_t count = std::min(o.batch, o.episodes - first);
      std::vector<eval::RevisitEpisode> episodes;
      at::Tensor centre;
      eval::LearnedMemories learned;
      for (const auto& row : o.rows) {
        progress.update(done++, cat(script, " ", row));
        if (results.has(row, script, first + count - 1)) continue;
        if (!columns.defined()) columns = eval::column_bank(config);
        if (episodes.empty()) {
          for (int64_t i = 0; i < count; ++i) {
            episodes.push_back(
                eval::make_revisit_episode(config, setup, o.split, context.seed, first + i, vae));
          }
          centre = mean_feature(resnet, episodes);
        }
        const eval::RowContext row_context{pipeline, vae,      resnet,        columns,
                                           centre,   settings, o.learn_return};
        const auto result = eval::run_row(row_context, enum_from<eval::RowKind>(row, "--rows"),
                                          setup, episodes, learned);
        for (int64_t i = 0; i < count; ++i) {
          ordered_json line = {{"row", row}, {"script", script}, {"episode", first + i}};
          for (const auto& [metric, value] : result.episodes[static_cast<size_t>(i)]) {
            line[metric] = std::isnan(value) ? ordered_json(nullptr) : ordered_json(value);
          }
          results.add(std::move(line));
        }
        if (first == 0 && script == o.scripts.front()) {
          for (int64_t i = 0; i < std::min<int64_t>(2, count); ++i)
            sheet.push_back(result.frames[i]);
        }
        log_info(cat(script, " ", first, "..", first + count - 1, " ", row, " done"));
      }
    }
  }
  if (!o.sheet.empty() && !sheet.empty()) slow::write_contact_sheet(o.sheet, at::stack(sheet));
  const auto table = eval::make_revisit_table(results.lines(), o.rows, o.scripts);
  write_file_atomically(o.output + "/table.json", table.dump(2) + "\n");
  return {table, eval::revisit_table_text(table)};
}

}  // namespace

}  // namespace svg::session

void svg_revisit_session(const svg::session::RevisitOptions& options, svg::Context& context,
                         svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::revisit(options, context); });
}
