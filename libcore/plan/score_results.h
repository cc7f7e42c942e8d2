// What `svg-plan score` keeps: one line a cell and task in results.jsonl (of a part of a job array
// in results-I-of-N.jsonl), and the table that follows from them. Torch-free.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/json.h"
#include "libcore/base/line_file.h"
#include "libcore/base/shard.h"
#include "libcore/plan/actor.h"

namespace svg::plan {

// A cell is one row under one kind of feedback and one amount of noise.
struct ScoreCell {
  std::string row;
  std::string feedback;  // "-" for rows that imagine nothing
  double noise = 0;
};

class ScoreResults {
 public:
  // In `folder`, which is made; `settings` are what must be the same for a stopped run to go on.
  // A part of a job array writes a file of its own there; what the others have written is known,
  // too. Throws Error{CannotCreate} where there are results (of this part) and `resume` is not set,
  // Error{Config} where they are of other settings.
  ScoreResults(const std::string& folder, const std::string& settings, bool resume,
               const Shard& shard = {});

  bool has(const ScoreCell& cell, const std::string& task) const;
  // `scores` by name, or what the environment did wrong; `features` of the imagined video
  // (imagined_video.h), where they are asked for.
  void add(const ScoreCell& cell, const std::string& task, const ordered_json& scores,
           const std::optional<Failure>& failure, const std::vector<float>& features = {});

  // A value a task in the order of `tasks`; NaN where there is none.
  std::vector<double> values(const ScoreCell& cell, const std::vector<std::string>& tasks,
                             const std::string& metric) const;
  // Those of add(); empty where there are none.
  std::vector<float> features(const ScoreCell& cell, const std::string& task) const;
  // {"69": 2}: how many tasks failed with which exit code; {} where none did.
  ordered_json failures(const ScoreCell& cell) const;

 private:
  std::vector<ordered_json> lines_;
  LineFile out_;
};

// {"tasks", "cells": [{"row", "feedback", "noise", "failed", "failures", score: interval ...}],
// "differences": [...]}: of the row temp-lora to every other in its column, over the same tasks.
// With a name for FVD, cells of imagined videos whose features are there also have it, {"value",
// "n"}: over the tasks that have features under kTruth, too.
ordered_json score_table(const ScoreResults& results, const std::vector<ScoreCell>& cells,
                         const std::vector<std::string>& tasks, const std::string& fvd = {});
inline const ScoreCell kTruth{"truth", "-", 0};  // true videos; in no table
std::string score_text(const ordered_json& table);
// 0; where every task of a cell failed, 69 if an environment was dead or late, else 65.
int exit_code_of(const ordered_json& table);

}  // namespace svg::plan
