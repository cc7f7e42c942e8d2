// The rows of a revisit table: the same episodes with another memory each.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "libcore/base/enum_names.h"
#include "libcore/episode/episode_run.h"
#include "libcore/eval/column_bank.h"
#include "libcore/eval/resnet18.h"
#include "libcore/eval/revisit_episode.h"
#include "libcore/model/pipeline.h"

namespace svg::eval {

enum class RowKind { Truth, None, TempLora, Reset, Swapped, Paper };
constexpr auto names_of(RowKind) {
  return std::to_array<EnumName<RowKind>>({{RowKind::Truth, "truth"},
                                           {RowKind::None, "none"},
                                           {RowKind::TempLora, "temp-lora"},
                                           {RowKind::Reset, "reset"},
                                           {RowKind::Swapped, "swapped"},
                                           {RowKind::Paper, "paper"}});
}

struct RowContext {
  Pipeline& pipeline;
  const AutoencoderKL& vae;
  const ResNet18& resnet;
  at::Tensor columns;             // of true frames (column_bank.h)
  at::Tensor mean_feature;        // [512], of the true frames: the centre of src_c
  episode::RunSettings settings;  // of the row "temp-lora"
  bool learn_return = false;
};

using Scores =
    std::map<std::string, double>;  // metric -> value of one episode; NaN where it has no query

struct RowResult {
  std::vector<Scores> episodes;
  at::Tensor frames;  // u8 [E, generated, H, W, 3]: the way back, free
};

// What the row "temp-lora" has learned on the way out, for "swapped", which asks the same memories
// in another order.
struct LearnedMemories {
  at::Tensor theta;  // undefined until learned
};

// All episodes follow `setup`.
RowResult run_row(const RowContext&, RowKind row, const RevisitSetup& setup,
                  const std::vector<RevisitEpisode>& episodes, LearnedMemories& learned);

// What a row stands for, for the table's legend.
const char* meaning_of(RowKind row);

}  // namespace svg::eval
