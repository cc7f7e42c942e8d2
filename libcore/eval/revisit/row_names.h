// The rows of a revisit table, and what each stands for. Torch-free.
#pragma once
#include "libcore/base/enum_names.h"
#include "libcore/base/error.h"

namespace svg::eval {

enum class RowKind {
  Truth,
  Replay,
  Oracle,
  None,
  TempLora,
  Reset,
  Swapped,
  Paper,
  Consecutive,
  Local,
  OnePast,
  Loop,
  Generated,
  Unrelated
};
constexpr auto names_of(RowKind) {
  return std::to_array<EnumName<RowKind>>({{RowKind::Truth, "truth"},
                                           {RowKind::Replay, "replay"},
                                           {RowKind::Oracle, "oracle"},
                                           {RowKind::None, "none"},
                                           {RowKind::TempLora, "temp-lora"},
                                           {RowKind::Reset, "reset"},
                                           {RowKind::Swapped, "swapped"},
                                           {RowKind::Paper, "paper"},
                                           {RowKind::Consecutive, "consecutive"},
                                           {RowKind::Local, "local"},
                                           {RowKind::OnePast, "one-past"},
                                           {RowKind::Loop, "loop"},
                                           {RowKind::Generated, "generated"},
                                           {RowKind::Unrelated, "unrelated"}});
}

// Rows that look up frames which were given.
constexpr bool looks_up(RowKind row) {
  return row == RowKind::Replay || row == RowKind::Oracle;
}

// Rows that generate.
constexpr bool needs_model(RowKind row) {
  return row != RowKind::Truth && row != RowKind::Replay && row != RowKind::Generated &&
         row != RowKind::Unrelated;
}

// For the table's legend.
constexpr const char* meaning_of(RowKind row) {
  switch (row) {
    case RowKind::Truth:
      return "the true frames, through the autoencoder where there is one: the ceiling";
    case RowKind::Replay:
      return "copies of the given frames from the nearest poses, without a model";
    case RowKind::Oracle:
      return "the base model, given frames from the nearest poses in half of its context";
    case RowKind::None:
      return "the base model alone";
    case RowKind::TempLora:
      return "fast learning with the model's settings";
    case RowKind::Reset:
      return "the same, the memory emptied after every chunk";
    case RowKind::Swapped:
      return "the same, each episode with the memory of another one";
    case RowKind::Paper:
      return "fast learning in the paper's own form";
    case RowKind::Consecutive:
      return "fast learning with the model's settings, but all frames noised and no text";
    case RowKind::Local:
      return "fast learning with the model's settings, but from the last chunk alone";
    case RowKind::OnePast:
      return "fast learning with the model's settings, generating from one past frame";
    case RowKind::Loop:
      return "fast learning with the model's settings, on weights that the slow-fast loop trained";
    case RowKind::Generated:
      return "the videos that were handed in";
    case RowKind::Unrelated:
      return "the true frames of another episode: the floor";
  }
  fail(ErrorKind::Internal, "a row without a meaning");
}

}  // namespace svg::eval
