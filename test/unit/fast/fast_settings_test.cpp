#include "libcore/fast/fast_settings.h"

#include <set>

#include "test/support/catch.h"
#include "test/support/errors.h"

namespace svg::fast {

using test::failure_of;

namespace {

void change(int64_t& member) {
  ++member;
}
void change(double& member) {
  member += 0.5;
}
void change(std::string& member) {
  member += "x";
}
void change(Range& member) {
  ++member.low;
}
template <NamedEnum E>
void change(E& member) {
  member = names_of(member)[1].value;  // the defaults are the first
}

// Each under its own key.
ordered_json values_of(FastSettings& s) {
  ordered_json doc;
  for (const auto& setting : settings_of(s)) doc[setting.key] = json_of(setting);
  return doc;
}

}  // namespace

CATCH_TEST_CASE("Every fast-learning setting has a flag, a help and a JSON key", "[learn]") {
  FastSettings s;
  // All members: one more or less does not compile.
  auto& [rank, alpha, targets, steps, own_steps, batch, lr, rule, damping, lr_schedule, optimizer,
         objective, source, offset, target, timesteps, weighting, reverse, text, past_noise, apply,
         decay, check, gate, own_gate, guard, own_guard, until, budget, init, init_digest] = s;
  int64_t members = 0;
  const auto is_listed = [&](auto& member) {
    const auto before = values_of(s);
    change(member);
    CATCH_CAPTURE(members);
    CATCH_CHECK(values_of(s) != before);
    ++members;
  };
  const auto are_listed = [&](auto&... all) { (is_listed(all), ...); };
  are_listed(rank, alpha, targets, steps, own_steps, batch, lr, rule, damping, lr_schedule,
             optimizer, objective, source, offset, target, timesteps, weighting, reverse, text,
             past_noise, apply, decay, check, gate, own_gate, guard, own_guard, until, budget,
             init);
  CATCH_CHECK(init_digest.empty());  // of the file that init names: what is written for it
  rule = Rule::Ridge;                // of which damping is
  own_gate = own_guard = 0;          // below, they are those of any chunk
  std::set<std::string> keys, flags;
  for (const auto& setting : settings_of(s)) {
    keys.insert(setting.key);
    flags.insert(setting.flag);
    CATCH_CAPTURE(setting.key);
    CATCH_CHECK_FALSE(setting.help.empty());
    CATCH_CHECK((setting.flag.starts_with("--fast-") || setting.flag == "--lora-targets"));
    CATCH_CHECK(to_json(s).contains(setting.key));
  }
  CATCH_CHECK(keys.size() == static_cast<size_t>(members));
  CATCH_CHECK(flags.size() == static_cast<size_t>(members));
  // What svg.json may say is all of it.
  CATCH_CHECK(to_json(fast_settings_from(json(to_json(s)), {}, "x")) == to_json(s));
}

CATCH_TEST_CASE("Fast-learning settings are written as ever", "[learn]") {
  CATCH_CHECK(
      to_json(FastSettings()).dump() ==
      R"({"rank":32,"alpha":0.0,"targets":"attention","steps":1,"batch":1,"lr":0.0001,)"
      R"("lr_schedule":"constant","optimizer":"keep","objective":"consecutive","source":"local",)"
      R"("timesteps":[0,1000],"weighting":"eps","reverse":0.0,"text":"auto","past_noise":0.0,)"
      R"("apply":[0,1000],"decay":0.0,"check":0,"until":0.0,"budget":""})");
  FastSettings s;
  s.steps = 4;
  CATCH_CHECK(to_json(s).at("check") == 4);
}

CATCH_TEST_CASE("Fast-learning settings that make no sense are refused by their flag", "[learn]") {
  const auto refused = [](const char* doc) {
    const auto s = fast_settings_from(json::parse(doc), {}, "svg.json");
    const auto failure = failure_of([&] { s.validate(); });
    CATCH_CHECK(failure.kind == ErrorKind::Usage);
    return failure.message;
  };
  CATCH_CHECK(refused(R"({"decay": 1.5})") == "--fast-decay 1.5: expected a number in 0..1");
  CATCH_CHECK(refused(R"({"lr": 0})") == "--fast-lr 0: expected more than 0");
  CATCH_CHECK(refused(R"({"apply": [5, 5]})") ==
              "--fast-apply 5:5: expected LO:HI with 0 <= LO < HI");
  CATCH_CHECK(refused(R"({"until": 0.5, "check": 0})").find("--fast-check") != std::string::npos);
  CATCH_CHECK(refused(R"({"own_guard": 0.5, "check": 0})").find("--fast-own-guard") !=
              std::string::npos);
  CATCH_CHECK(refused(R"({"budget": "5"})").find("--fast-budget") != std::string::npos);
  CATCH_CHECK(refused(R"({"target": "context"})").find("--fast-objective") != std::string::npos);
  CATCH_CHECK_NOTHROW(FastSettings().validate());
}

}  // namespace svg::fast
