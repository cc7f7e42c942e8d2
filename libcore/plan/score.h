// The score table of a task set: the same tasks with another planner in each row, every number with
// an interval over tasks. Rows with a model, blind rows, and rows in which one link of the chain is
// an oracle. Cells are kept in results.jsonl as they are finished: a stopped run goes on.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/episode/run_settings.h"
#include "libcore/plan/planner_settings.h"
#include "libcore/plan/score_results.h"
#include "libcore/world/environment/process_environment.h"

namespace svg::plan {

enum class ScoreRow {
  None,      // no memory
  TempLora,  // the memory has learned the past (PlannerSettings::memory on: the plan, too)
  Swapped,   // that of another task, of the same age
  Loop,      // as TempLora, with the weights of --loop-model
  InverseReplay,
  Random,
  TextOnly,
  Oracle,            // knows the state
  OracleGeneration,  // the plan is what the solution looks like (retrace: the past, played
                     // backwards), through the autoencoder
  OracleIdm,         // TempLora's plans, read by who tries each move in the environment
  OracleExecution,   // TempLora's plans, executed without noise
  OracleMemory       // TempLora, whose memory has learned the solution, too
};
constexpr auto names_of(ScoreRow) {
  return std::to_array<EnumName<ScoreRow>>({{ScoreRow::None, "none"},
                                            {ScoreRow::TempLora, "temp-lora"},
                                            {ScoreRow::Swapped, "swapped"},
                                            {ScoreRow::Loop, "loop"},
                                            {ScoreRow::InverseReplay, "inverse-replay"},
                                            {ScoreRow::Random, "random"},
                                            {ScoreRow::TextOnly, "text-only"},
                                            {ScoreRow::Oracle, "oracle"},
                                            {ScoreRow::OracleGeneration, "oracle-generation"},
                                            {ScoreRow::OracleIdm, "oracle-idm"},
                                            {ScoreRow::OracleExecution, "oracle-execution"},
                                            {ScoreRow::OracleMemory, "oracle-memory"}});
}

struct ScoreSettings {
  std::string model, loop_model, idm;
  std::string tasks;  // folder
  std::string command, subgoals = "template";
  world::TimeLimits limits;
  int count = 64, batch = 16;
  std::vector<std::string> rows;      // names of ScoreRow
  std::vector<std::string> feedback;  // names of Feedback: a column each, for rows with a model
  std::vector<double> noise;          // a column each
  ordered_json run;                   // as session::RunOptions::settings
  PlannerSettings planner;
  std::string weights_dir;  // of networks: FVD of the imagined videos too; empty: without
  std::string folder;
  bool resume = false;
  Shard shard;  // of the batches; each part writes its own results into the same folder
};

// The table as score_table() makes it. Throws Error{Stopped} after a signal, and as its parts.
ordered_json score_tasks(const ScoreSettings& settings, Context& context);

}  // namespace svg::plan
