// How a plan is made and used. Torch-free.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/settings.h"

namespace svg::plan {

// What the model sees before its next chunk.
enum class Feedback { Generated, Observed };
constexpr auto names_of(Feedback) {
  return std::to_array<EnumName<Feedback>>(
      {{Feedback::Generated, "generated"}, {Feedback::Observed, "observed"}});
}

enum class MemoryUse {
  On,      // learns the past and every chunk of the plan
  Frozen,  // learns the past alone
  Off,
  Swapped,   // as Frozen, then each episode has the memory of another one: the control
  SwappedOn  // as On, but each episode plans with the memory of another one
};
constexpr auto names_of(MemoryUse) {
  return std::to_array<EnumName<MemoryUse>>({{MemoryUse::On, "on"},
                                             {MemoryUse::Frozen, "frozen"},
                                             {MemoryUse::Off, "off"},
                                             {MemoryUse::Swapped, "swapped"},
                                             {MemoryUse::SwappedOn, "swapped-on"}});
}

// An oracle in the place of one link of the chain shows what that link costs.
// Oracle: what the task's solution looks like, or the past played backwards.
enum class Imagination { Model, Oracle };
enum class Reading { Idm, Oracle };  // Oracle: the move whose true frames are nearest to the plan's

// How the actions of a chunk are read.
enum class Control {
  OpenLoop,   // from the plan alone, before the first is executed
  ClosedLoop  // each from what the environment shows by then and the plan's next frame
};
constexpr auto names_of(Control) {
  return std::to_array<EnumName<Control>>(
      {{Control::OpenLoop, "open-loop"}, {Control::ClosedLoop, "closed-loop"}});
}

enum class Scorer {
  Confidence,  // of the inverse dynamics model
  Familiar,    // nearness of each frame to one of the past
  Command      // a program
};

struct PlannerSettings {
  Feedback feedback = Feedback::Generated;
  Control control = Control::OpenLoop;
  double correction = 0.15;  // of a closed loop: share of a difference that is made good a frame
  MemoryUse memory = MemoryUse::Frozen;
  Imagination imagination = Imagination::Model;
  Reading reading = Reading::Idm;
  int64_t branches = 1;               // continuations of each subgoal
  int64_t branch_depth = 1;           // chunks of each, learned in between
  std::string scorer = "confidence";  // which is kept: confidence, familiar, command:PROGRAM
  int jobs = 1;                       // environments that act at a time; changes no result

  Scorer scorer_kind() const;  // throws Error{Usage} for another name
  std::string scorer_command() const;
};
// Those that are flags of a run.
std::vector<Setting> settings_of(PlannerSettings& settings);

}  // namespace svg::plan
