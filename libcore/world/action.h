// What one chunk does, and how it is said. One chunk = one sentence = the same increment for every
// frame. The rule that ties frames to actions: chunk k holds the frames [k F, (k+1) F), and frame t
// (t >= 1) is frame t-1 moved by one increment of the action of the chunk that holds frame t. Frame
// 0 is the start pose.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/enum_names.h"
#include "libcore/base/json.h"
#include "libcore/world/angle.h"
#include "libcore/world/config.h"
#include "libcore/world/random.h"

namespace svg::world {

// What a part of the way back is called: it says nothing of the way.
inline constexpr const char* kKeepGoingBack = "keep going back";

enum class Verb { Stay, TurnLeft, TurnRight, TurnAround, Forward, Back, SideLeft, SideRight };

// An action in its parts, `act` in a manifest. Its sentence is the action that a model is given
// (episode::Action).
struct Act {
  Verb verb = Verb::Stay;
  int amount = 0;        // degrees of a turn, steps of a walk, 0 for Stay
  int part = 0, of = 0;  // of an action that spans several chunks (TurnAround): 1..of
  std::string object{};  // the room that the walk leads into: "red room"; empty = none
  bool back = false;     // a part of the way back, and said to be no more than that
  bool returns = false;  // its inverse is such a part
  bool operator==(const Act&) const = default;
};

// The increment of one frame.
Motion motion_of(const Act& action, const WorldConfig& config);
// The action that undoes it. A part of a turn around (to the left) is undone by a turn to the
// right.
Act inverse_of(const Act& action);
// {"verb": "turn-left", "deg": 45} or {"verb": "forward", "steps": 4} ...
ordered_json to_json(const Act& action);

// Which paraphrases are used: Plain = the first of each verb; Train = the first 80 %; HeldOut = the
// rest.
enum class Sentences { Plain, Train, HeldOut };
constexpr auto names_of(Sentences) {
  return std::to_array<EnumName<Sentences>>(
      {{Sentences::Plain, "plain"}, {Sentences::Train, "train"}, {Sentences::HeldOut, "held-out"}});
}

// Which paraphrase of a verb is said; drawn once an action, so that a sentence and its inverse are
// of one form.
struct Phrase {
  int index = 0;
};
Phrase draw_phrase(const Act& action, Sentences bank, Random& random);
std::string sentence(const Act& action, Phrase phrase);
// All sentences that the bank can say for it.
std::vector<std::string> all_sentences(const Act& action, Sentences bank);

}  // namespace svg::world
