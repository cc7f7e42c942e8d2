// svg-pretrain's session on a tiny model: a run in parts is the run in one go, bit for bit.
#include <ATen/ATen.h>

#include <csignal>
#include <filesystem>
#include <map>

#include "libcore/base/atomic_file.h"
#include "libcore/base/signals.h"
#include "libcore/slow/training_state.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/golden.h"
#include "test/support/temp_dir.h"
#include "test/support/tiny_training_run.h"

namespace svg::session {
namespace {

using test::check_same_run;
using test::failure_of;
using test::kSteps;
using test::options;
using test::run;

// A run of options() in one go, which others are held against: made once.
const std::string& whole_run(const std::string& component) {
  static const test::TempDir folder;
  static std::map<std::string, std::string> made;
  auto& path = made[component];
  if (path.empty()) {
    path = folder / component;
    CATCH_REQUIRE(run(options(component, path)).kind == std::nullopt);
  }
  return path;
}

}  // namespace

CATCH_TEST_CASE("A training run in parts gives the bits of the run in one go", "[learn]") {
  const std::string component = GENERATE("vae", "unet");
  test::TempDir folder;
  const auto& whole = whole_run(component);

  auto part = options(component, folder / "parts");
  part.loop.max_steps = 2;
  CATCH_CHECK(run(part).kind == ErrorKind::Stopped);
  part.loop.max_steps = 0;
  part.loop.resume = true;
  CATCH_REQUIRE(run(part).kind == std::nullopt);
  check_same_run(whole, folder / "parts", component);
  CATCH_CHECK(run(part).kind == std::nullopt);  // nothing left to do
  check_same_run(whole, folder / "parts", component);

  // One line an update, and a loss that is a number.
  std::istringstream lines(test::read_text(folder / "parts/training/metrics.jsonl"));
  int step = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto entry = json::parse(line);
    CATCH_CHECK(entry.at("step") == ++step);
    CATCH_CHECK(entry.at("loss").get<double>() > 0);
    CATCH_CHECK(entry.contains("validation_loss") == (component == "unet" && step == kSteps));
  }
  CATCH_CHECK(step == kSteps);
}

CATCH_TEST_CASE("A run that was killed goes on from its last checkpoint", "[learn]") {
  test::TempDir folder;
  auto part = options("unet", folder / "parts");
  part.loop.max_steps = 2;
  CATCH_CHECK(run(part).kind == ErrorKind::Stopped);
  // The updates between the checkpoint and the kill are in the log, the last line torn.
  const auto log = folder / "parts/training/metrics.jsonl";
  write_file_atomically(log,
                        test::read_text(log) + "{\"step\": 3, \"loss\": 9}\n{\"step\": 3, \"lo");
  part.loop.max_steps = 0;
  part.loop.resume = true;
  CATCH_REQUIRE(run(part).kind == std::nullopt);
  check_same_run(whole_run("unet"), folder / "parts", "unet");
}

CATCH_TEST_CASE(
    "A run goes on with its own settings alone, and a run folder is not replaced by accident",
    "[learn]") {
  test::TempDir folder;
  auto o = options("unet", folder / "run");
  o.loop.max_steps = 1;
  CATCH_REQUIRE(run(o).kind == ErrorKind::Stopped);
  const auto state = test::read_text(folder / "run/training/state.safetensors");
  const auto tokenizer = test::read_text(folder / "run/tokenizer/vocab.json");
  CATCH_CHECK(run(o).kind == ErrorKind::CannotCreate);
  o.loop.resume = true;
  auto other = o;
  other.loop.lr *= 2;
  CATCH_CHECK(run(other).says("lr"));
  CATCH_CHECK(run(other).kind == ErrorKind::Config);
  other = o;
  other.unet.past = "4";
  CATCH_CHECK(run(other).kind == ErrorKind::Config);
  CATCH_CHECK(run(o, 4).kind == ErrorKind::Config);  // another seed
  CATCH_CHECK(test::read_text(folder / "run/training/state.safetensors") == state);
  CATCH_CHECK(test::read_text(folder / "run/tokenizer/vocab.json") == tokenizer);
}

CATCH_TEST_CASE("A training state comes back bit for bit, and only over the same parameters",
                "[learn]") {
  test::TempDir folder;
  at::manual_seed(1);
  const auto make = [](int64_t rows) {
    return optim::flatten({{"a", at::randn({rows, 2})}, {"b", at::randn({5})}});
  };
  auto p = make(3);
  auto state = slow::start_training(p);
  CATCH_CHECK(at::equal(state.ema, p.values));
  state.step = 17;
  state.ema = at::randn_like(p.values);
  state.optimizer = optim::AdamW{at::randn_like(p.values), at::rand_like(p.values), 17};
  const auto& before = std::get<optim::AdamW>(state.optimizer);
  const auto kept = p.values.clone();
  const ordered_json settings = {{"lr", 0.1}, {"past", "4"}};
  slow::save_training(folder / "s", p, state, settings);

  auto q = make(3);
  const auto back = slow::resume_training(folder / "s", q, settings);
  CATCH_CHECK(back.step == 17);
  const auto& after = std::get<optim::AdamW>(back.optimizer);
  CATCH_CHECK(after.step == 17);
  CATCH_CHECK(at::equal(q.values, kept));
  CATCH_CHECK(at::equal(q.named[1].second, kept.narrow(0, 6, 5)));
  CATCH_CHECK(at::equal(back.ema, state.ema));
  CATCH_CHECK(at::equal(after.exp_avg, before.exp_avg));
  CATCH_CHECK(at::equal(after.exp_avg_sq, before.exp_avg_sq));

  auto wider = make(4);
  CATCH_CHECK(failure_of([&] { slow::resume_training(folder / "s", wider, settings); }).kind ==
              ErrorKind::Config);
  const auto other = failure_of([&] {
    slow::resume_training(folder / "s", q, {{"lr", 0.2}, {"past", "4"}});
  });
  CATCH_CHECK(other.kind == ErrorKind::Config);
  CATCH_CHECK(other.says("lr = 0.1"));
}

// Last: the request stays for the rest of the process.
CATCH_TEST_CASE("A stop request saves, ends with 75, and the run goes on bit for bit", "[learn]") {
  test::TempDir folder;
  const auto& whole = whole_run("vae");
  install_stop_handlers();
  std::raise(SIGTERM);
  CATCH_REQUIRE(stop_requested());
  auto part = options("vae", folder / "parts");
  part.loop.resume = true;
  // Each call does one update and stops, but for the last.
  for (int64_t call = 1; call < kSteps; ++call) CATCH_CHECK(run(part).kind == ErrorKind::Stopped);
  CATCH_CHECK(run(part).kind == std::nullopt);
  check_same_run(whole, folder / "parts", "vae");
}

}  // namespace svg::session
