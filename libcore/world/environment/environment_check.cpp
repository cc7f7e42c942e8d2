#include "libcore/world/environment/environment_check.h"

#include <cmath>
#include <memory>

#include "libcore/base/hash.h"
#include "libcore/world/random.h"

namespace svg::world {
namespace {

// Thrown by a check that finds a rule broken.
struct Wrong {
  std::string what;
};
template <class... Parts>
void expect(bool ok, const Parts&... parts) {
  if (!ok) throw Wrong{cat(parts...)};
}

constexpr int kFrames = 16;
const ResetRequest kScene{.geometry = 2'000'077, .appearance = 2'000'012, .start = {}};

// Half of what the limits allow, in runs: enough to see things change.
std::vector<FrameAction> some_actions(const EnvironmentFacts& facts, uint64_t seed, int count) {
  Random random(seed);
  std::vector<FrameAction> actions;
  FrameAction action(facts.act_fields.size(), 0.0);
  for (int t = 0; t < count; ++t) {
    if (t % 4 == 0)
      for (size_t i = 0; i < action.size(); ++i) {
        const ActField& field = facts.act_fields[i];
        const double middle = (field.min + field.max) / 2, half = (field.max - field.min) / 4;
        // Quarters of the range: what is shown in decimals comes back the same.
        action[i] = middle + half * random.between(-2, 2) / 2.0;
      }
    actions.push_back(action);
  }
  return actions;
}

std::string hash_of(const Observation& o) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span<const uint8_t>(o.bytes)));
  hash.update(std::as_bytes(std::span<const double>(o.pose)));
  hash.update(as_bytes_of(o.state.dump()));
  return hash.hex();
}

class Checker {
 public:
  Checker(std::string command, const TimeLimits& limits,
          const std::function<void(const CheckResult&)>& report)
      : command_(std::move(command)), limits_(limits), report_(report) {}

  void run() {
    if (!check("hello", [&] { return hello(); })) return;
    if (!check("reset", [&] { return reset(); })) return;
    check("step", [&] { return step(); });
    check("long step", [&] { return long_step(); });
    check("empty action", [&] { return empty_action(); });
    check("unknown fields", [&] { return unknown_fields(); });
    check("unknown op", [&] { return unknown_op(); });
    check("state", [&] { return state(); });
    capability("teleport", "teleport", [&] { return teleport(); });
    capability("snapshot", "snapshot", [&] { return snapshot(); });
    capability("faces", "faces", [&] { return plane(Plane::Face); });
    capability("depth", "depth", [&] { return plane(Plane::Depth); });
    capability("flow", "flow", [&] { return plane(Plane::Flow); });
    if (facts_.deterministic) check("determinism", [&] { return determinism(); });
    else report_({"determinism", Verdict::NotClaimed, "det is false"});
    check("close", [&] { return close(); });
    check("end of input", [&] { return end_of_input(); });
  }

 private:
  using Check = std::function<std::string()>;

  bool check(const char* name, const Check& f) {
    CheckResult result{name, Verdict::Ok, {}};
    try {
      result.what = f();
    } catch (const Wrong& wrong) {
      result.verdict = Verdict::Wrong, result.what = wrong.what;
    } catch (const Error& e) {
      result.verdict = Verdict::Wrong, result.what = e.what();
      // The command is known to the reader.
      if (const size_t at = result.what.find("`: "); at != std::string::npos)
        result.what.erase(0, at + 3);
    }
    report_(result);
    if (result.verdict == Verdict::Wrong) environment_.reset();
    return result.verdict != Verdict::Wrong;
  }

  void capability(const char* name, const char* cap, const Check& f) {
    if (facts_.can(cap)) check(name, f);
    else report_({name, Verdict::NotClaimed, cat("caps has no ", cap)});
  }

  ProcessEnvironment& running() {
    if (!environment_ || !environment_->pipe().alive()) {
      environment_.reset();
      environment_ = std::make_unique<ProcessEnvironment>(command_, limits_);
    }
    return *environment_;
  }
  Observation begin() { return running().reset(kScene, {Plane::Colour}); }

  std::string hello() {
    facts_ = running().facts();
    std::string caps, acts;
    for (const std::string& cap : facts_.caps) caps += cat(caps.empty() ? "" : ",", cap);
    for (const ActField& act : facts_.act_fields) acts += cat(acts.empty() ? "" : ",", act.name);
    expect(!facts_.name.empty(), "env is empty");
    expect(!facts_.licence.empty(), "licence is missing: say under which one the frames stand");
    return cat(facts_.name, " ", facts_.version, ", ", facts_.width, "x", facts_.height, ", ",
               facts_.fps, " fps, caps ", caps.empty() ? "none" : caps, ", actions ", acts);
  }

  std::string reset() {
    const Observation a = begin();
    expect(!a.done, "done after reset");
    bool flat = true;
    for (size_t i = 3; i < a.bytes.size() && flat; ++i) flat = a.bytes[i] == a.bytes[i % 3];
    expect(!flat, "the first frame has one colour throughout: is anything rendered?");
    return cat(a.bytes.size(), " bytes");
  }

  std::string step() {
    const Observation before = begin();
    const Observation a = running().step(some_actions(facts_, 1, kFrames), {Plane::Colour});
    const size_t frame = before.bytes.size();
    bool same = true;
    for (size_t i = 0; i < a.bytes.size() && same; ++i)
      same = a.bytes[i] == before.bytes[i % frame];
    expect(!same, "no frame differs from the first, whatever is done");
    if (facts_.can("pose")) {
      const size_t fields = facts_.pose_fields.size();
      bool moved = false;
      for (size_t i = 0; i < a.pose.size() && !moved; ++i)
        moved = a.pose[i] != before.pose[i % fields];
      expect(moved, "the pose never changes, whatever is done");
    }
    return cat(a.n, " frames, ", a.bytes.size(), " bytes");
  }

  // More than a pipe holds: the reply's line must come before its bytes.
  std::string long_step() {
    begin();
    const int frames = static_cast<int>(std::clamp<size_t>(
        (size_t{1} << 19) / facts_.frame_bytes(Planes{Plane::Colour}) + 1, 2, 256));
    const Observation a = running().step(some_actions(facts_, 2, frames), {Plane::Colour});
    return cat(a.n, " frames, ", a.bytes.size(), " bytes");
  }

  std::string empty_action() {
    begin();
    const Observation a = running().step(
        std::vector<FrameAction>(1, FrameAction(facts_.act_fields.size(), 0.0)), {Plane::Colour});
    expect(a.n == 1, a.n, " frames for one action");
    return "missing keys are 0";
  }

  std::string unknown_fields() {
    begin();
    ProcessEnvironment& e = running();
    const int64_t id = e.next_id();
    const Reply reply =
        e.ask("state", cat("{\"op\":\"state\",\"id\":", id, ",\"colour\":{\"of\":[1]}}\n"), id);
    expect(!reply.refusal, "an unknown field is refused: ignore it");
    return "ignored";
  }

  std::string unknown_op() {
    begin();
    ProcessEnvironment& e = running();
    const int64_t id = e.next_id();
    const Reply reply = e.ask("jump", cat("{\"op\":\"jump\",\"id\":", id, "}\n"), id);
    expect(reply.refusal.has_value(), "op jump is not refused: reply with err");
    expect(!reply.refusal->fatal, "op jump is fatal: it should go on");
    begin();
    return "refused, and it goes on";
  }

  std::string state() {
    begin();
    const ordered_json state = running().state();
    expect(state.is_object(), "state is no object");
    if (facts_.can("objects"))
      expect(state.contains("objects"), "caps has objects, state has no key objects");
    return cat(state.size(), " keys");
  }

  std::string teleport() {
    const Observation first = begin();
    running().step(some_actions(facts_, 3, kFrames), {Plane::Colour});
    const Observation back = running().teleport(first.pose, {Plane::Colour});
    for (size_t i = 0; i < first.pose.size(); ++i)
      expect(std::fabs(back.pose[i] - first.pose[i]) <= 0.01 * (1 + std::fabs(first.pose[i])),
             "pose ", facts_.pose_fields[i], " is ", back.pose[i], " after teleport to ",
             first.pose[i]);
    return "comes back to a pose";
  }

  std::string snapshot() {
    begin();
    const std::vector<FrameAction> actions = some_actions(facts_, 4, kFrames);
    running().step(some_actions(facts_, 5, 4), {Plane::Colour});
    const ordered_json snap = running().save();
    const std::string first = hash_of(running().step(actions, {Plane::Colour}));
    running().restore(snap, {Plane::Colour});
    const std::string second = hash_of(running().step(actions, {Plane::Colour}));
    if (facts_.deterministic)
      expect(first == second, "the same actions after restore give another result");
    return facts_.deterministic ? "same bytes after restore" : "restores";
  }

  std::string plane(Plane which) {
    const Observation a = running().reset(kScene, {Plane::Colour, which});
    bool empty = true;
    for (uint8_t byte : a.plane(facts_, 0, which)) empty = empty && byte == 0;
    expect(!empty, "the plane holds nothing but zeros");
    return cat(a.plane(facts_, 0, which).size(), " bytes");
  }

  std::string determinism() {
    std::string first;
    for (int round = 0; round < 2; ++round) {
      environment_.reset();
      std::string all = hash_of(begin());
      for (uint64_t seed = 6; seed < 9; ++seed)
        all += hash_of(running().step(some_actions(facts_, seed, kFrames), {Plane::Colour}));
      expect(first.empty() || all == first,
             "det is true, but the same seeds and actions gave other bytes in a second process");
      first = all;
    }
    return "two processes, same bytes";
  }

  std::string close() {
    begin();
    const std::optional<int> status = environment_->close();
    environment_.reset();
    expect(status.has_value(), "it did not exit after close");
    expect(*status == 0, "it ", ending_of(*status), " after close");
    return "exit 0";
  }

  std::string end_of_input() {
    begin();
    environment_->pipe().close_input();
    const std::optional<int> status = environment_->pipe().wait_for_end(limits_.close);
    environment_.reset();
    expect(status.has_value(), "it did not exit at the end of its standard input");
    expect(*status == 0, "it ", ending_of(*status), " at the end of its standard input");
    return "exit 0";
  }

  std::string command_;
  TimeLimits limits_;
  const std::function<void(const CheckResult&)>& report_;
  std::unique_ptr<ProcessEnvironment> environment_;
  EnvironmentFacts facts_;
};

}  // namespace

void check_environment(const std::string& command, const TimeLimits& limits,
                       const std::function<void(const CheckResult&)>& report) {
  Checker(command, limits, report).run();
}

}  // namespace svg::world
