#include "libcore/world/action.h"

#include <array>
#include <map>

namespace svg::world {
namespace {

using Forms = std::vector<const char*>;

// Fields: {d} degrees in digits, {w} in words, {n} steps in digits, {m} in words with "step" or
// "steps" after them. The last fifth of each list (one at least) is held out for test.
const Forms& forms_of(const Act& action) {
  static const Forms stay = {"stand still", "stay where you are", "do not move",
                             "wait here, do not turn", "hold still"};
  static const Forms left = {"turn left {d} degrees",
                             "turn left {w} degrees",
                             "look to the left by {d} degrees",
                             "rotate {d} degrees to the left",
                             "stay where you are and turn left {w} degrees",
                             "swing {d} degrees to the left"};
  static const Forms right = {"turn right {d} degrees",
                              "turn right {w} degrees",
                              "look to the right by {d} degrees",
                              "rotate {d} degrees to the right",
                              "stay where you are and turn right {w} degrees",
                              "swing {d} degrees to the right"};
  static const Forms slight_left = {"turn left {d} degrees", "look a little to the left",
                                    "turn slightly left", "turn left {w} degrees",
                                    "glance to the left"};
  static const Forms slight_right = {"turn right {d} degrees", "look a little to the right",
                                     "turn slightly right", "turn right {w} degrees",
                                     "glance to the right"};
  static const Forms around_first = {"start turning around", "begin to turn around",
                                     "start to turn about", "begin an about-turn"};
  static const Forms around_middle = {"keep turning around", "go on turning around",
                                      "continue to turn about", "carry on with the about-turn"};
  static const Forms around_last = {"finish turning around", "complete the turn around",
                                    "finish to turn about", "end the about-turn"};
  static const Forms forward = {"walk forward {n}",
                                "walk forward {m}",
                                "go ahead {n}",
                                "move {m} forward",
                                "keep your heading and walk {n} ahead",
                                "advance {n}"};
  static const Forms back = {"walk back {n}",
                             "walk back {m}",
                             "go backwards {n}",
                             "move {m} back",
                             "keep your heading and walk {n} back",
                             "retreat {n}"};
  static const Forms side_left = {"sidestep left {n}", "sidestep left {m}", "step {m} to the left",
                                  "keep your heading and move {n} left", "shift {n} to the left"};
  static const Forms side_right = {"sidestep right {n}", "sidestep right {m}",
                                   "step {m} to the right", "keep your heading and move {n} right",
                                   "shift {n} to the right"};
  static const Forms near_ahead = {"walk forward {n}", "walk forward {m}", "go a little ahead",
                                   "move {m} forward", "advance {n}"};
  static const Forms far_ahead = {"walk forward {n}", "walk forward {m}", "go far ahead",
                                  "move {m} forward", "advance {n}"};
  static const Forms into_room = {"enter the {o}", "go into the {o}", "walk into the {o}",
                                  "step inside the {o}"};
  static const Forms going_back = {kKeepGoingBack};
  if (action.back) return going_back;
  switch (action.verb) {
    case Verb::Stay:
      return stay;
    case Verb::TurnLeft:
      return action.amount == 15 ? slight_left : left;
    case Verb::TurnRight:
      return action.amount == 15 ? slight_right : right;
    case Verb::TurnAround:
      return action.part == 1           ? around_first
             : action.part == action.of ? around_last
                                        : around_middle;
    case Verb::Forward:
      if (!action.object.empty()) return into_room;
      return action.amount == 2 ? near_ahead : action.amount == 5 ? far_ahead : forward;
    case Verb::Back:
      return back;
    case Verb::SideLeft:
      return side_left;
    case Verb::SideRight:
      return side_right;
  }
  fail(ErrorKind::Internal, "an action without sentences");
}

std::string degrees_in_words(int n) {
  static const char* const small[] = {"zero",    "one",     "two",       "three",    "four",
                                      "five",    "six",     "seven",     "eight",    "nine",
                                      "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                      "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
  static const char* const tens[] = {"",      "",      "twenty",  "thirty", "forty",
                                     "fifty", "sixty", "seventy", "eighty", "ninety"};
  if (n < 20) return small[n];
  return n % 10 ? cat(tens[n / 10], '-', small[n % 10]) : tens[n / 10];
}

std::string filled(std::string text, const Act& action) {
  const char* unit = action.amount == 1 ? " step" : " steps";
  const std::array<std::pair<const char*, std::string>, 5> fields = {{
      {"{d}", cat(action.amount)},
      {"{w}", degrees_in_words(action.amount)},
      {"{n}", cat(action.amount, unit)},
      {"{m}", degrees_in_words(action.amount) + unit},
      {"{o}", action.object},
  }};
  for (const auto& [key, value] : fields)
    if (size_t at = text.find(key); at != std::string::npos) text.replace(at, 3, value);
  return text;
}

struct Span {
  int first, count;
};

Span forms_in(int total, Sentences bank) {
  int held_out = total < 10 ? 1 : total / 5;
  if (bank == Sentences::Plain || total == 1) return {0, 1};
  return bank == Sentences::Train ? Span{0, total - held_out} : Span{total - held_out, held_out};
}

}  // namespace

Motion motion_of(const Act& action, const WorldConfig& config) {
  Motion motion;
  int turn = action.amount * kDegree / config.frames;
  int32_t walk = (action.amount * config.step_q16 + config.frames / 2) / config.frames;
  switch (action.verb) {
    case Verb::Stay:
      break;
    case Verb::TurnLeft:
    case Verb::TurnAround:
      motion.turn = turn;
      break;
    case Verb::TurnRight:
      motion.turn = -turn;
      break;
    case Verb::Forward:
      motion.forward = walk;
      break;
    case Verb::Back:
      motion.forward = -walk;
      break;
    case Verb::SideLeft:
      motion.left = walk;
      break;
    case Verb::SideRight:
      motion.left = -walk;
      break;
  }
  return motion;
}

static Verb inverse_of(Verb verb) {
  switch (verb) {
    case Verb::Stay:
      return Verb::Stay;
    case Verb::TurnLeft:
    case Verb::TurnAround:
      return Verb::TurnRight;
    case Verb::TurnRight:
      return Verb::TurnLeft;
    case Verb::Forward:
      return Verb::Back;
    case Verb::Back:
      return Verb::Forward;
    case Verb::SideLeft:
      return Verb::SideRight;
    case Verb::SideRight:
      return Verb::SideLeft;
  }
  fail(ErrorKind::Internal, "an action without inverse");
}

Act inverse_of(const Act& action) {
  return {.verb = inverse_of(action.verb), .amount = action.amount, .back = action.returns};
}

ordered_json to_json(const Act& action) {
  static const std::map<Verb, const char*> names = {{Verb::Stay, "stay"},
                                                    {Verb::TurnLeft, "turn-left"},
                                                    {Verb::TurnRight, "turn-right"},
                                                    {Verb::TurnAround, "turn-around"},
                                                    {Verb::Forward, "forward"},
                                                    {Verb::Back, "back"},
                                                    {Verb::SideLeft, "sidestep-left"},
                                                    {Verb::SideRight, "sidestep-right"}};
  ordered_json out{{"verb", names.at(action.verb)}};
  bool turns = action.verb == Verb::TurnLeft || action.verb == Verb::TurnRight ||
               action.verb == Verb::TurnAround;
  if (turns) out["deg"] = action.amount;
  else if (action.verb != Verb::Stay) out["steps"] = action.amount;
  if (!action.object.empty()) out["object"] = action.object;
  if (action.back) out["back"] = true;
  if (action.of) out["part"] = action.part, out["of"] = action.of;
  return out;
}

Phrase draw_phrase(const Act& action, Sentences bank, Random& random) {
  Span span = forms_in(static_cast<int>(forms_of(action).size()), bank);
  return {span.first + static_cast<int>(random.below(static_cast<uint32_t>(span.count)))};
}

std::string sentence(const Act& action, Phrase phrase) {
  const Forms& forms = forms_of(action);
  // An inverse may have fewer forms than the action it undoes.
  return filled(forms[static_cast<size_t>(phrase.index) % forms.size()], action);
}

std::vector<std::string> all_sentences(const Act& action, Sentences bank) {
  Span span = forms_in(static_cast<int>(forms_of(action).size()), bank);
  std::vector<std::string> out;
  out.reserve(static_cast<size_t>(span.count));
  for (int i = 0; i < span.count; ++i) out.push_back(sentence(action, {span.first + i}));
  return out;
}

}  // namespace svg::world
