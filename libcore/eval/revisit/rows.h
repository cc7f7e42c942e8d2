// The rows of a revisit table: the same episodes with another memory each.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "libcore/episode/episode_run.h"
#include "libcore/eval/revisit/row_names.h"
#include "libcore/eval/revisit/scores.h"
#include "libcore/model/pipeline.h"

namespace svg::eval {

struct RowContext {
  Pipeline* pipeline = nullptr;        // null: only rows that need no model
  Pipeline* looped = nullptr;          // of the row "loop"
  const AutoencoderKL* vae = nullptr;  // null: frames are compared as they are
  ScoreContext scores;
  episode::RunSettings settings;  // of the row "temp-lora"
  bool learn_return = false;
  // Of the rows "generated" and "unrelated": what stands for an episode of that number in the
  // batch, u8 [n, H, W, 3]. Null: no such rows.
  std::function<at::Tensor(const RevisitEpisode&, int64_t)> generated{}, unrelated{};
};

struct RowResult {
  std::vector<Scores> episodes;
  // Of each episode: the memory that the way back began with, the number of chunks it has learned
  // and the SHA-256 of its weights. Empty where a row has none.
  std::vector<std::string> memories;
  int64_t chunks_learned = 0;
  at::Tensor frames;  // u8 [E, generated, H, W, 3]: the way back, free
};

// What the row "temp-lora" has learned on the way out, for "swapped", which asks the same memories
// in another order.
struct LearnedMemories {
  at::Tensor theta;  // undefined until learned
};

// All episodes follow `setup`; one that gives no way out (RevisitSetup::own) has nothing for rows
// that look it up.
RowResult run_row(const RowContext&, RowKind row, const RevisitSetup& setup,
                  const std::vector<RevisitEpisode>& episodes, LearnedMemories& learned);

}  // namespace svg::eval
