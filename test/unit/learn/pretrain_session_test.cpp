// svg-pretrain's session on a tiny model: a run in parts is the run in one go, bit for bit.
#include <ATen/ATen.h>

#include <csignal>
#include <filesystem>

#include "formats/base/atomic_file.h"
#include "formats/base/signals.h"
#include "formats/safetensors.h"
#include "libcore/learn/training_state.h"
#include "libcore/tensor/parameters.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/golden.h"
#include "test/support/temp_dir.h"
#include "test/support/tiny_run.h"

namespace svg::learn {
namespace {

using test::failure_of;

const std::string& made_once() {
  static const test::TempDir folder;
  static const std::string path = folder.path();
  static const std::string model = test::make_tiny_model(path);
  return path;
}

PretrainOptions options(const std::string& component, const std::string& output) {
  const auto& folder = made_once();
  auto o = test::tiny_training(component, component == "vae" ? test::tiny_config() : folder + "/vae", folder + "/data", output, 4);
  o.validation = {folder + "/data"};
  o.validate_every = component == "vae" ? 0 : 3;
  o.accumulate = 2;
  o.past = "4:0.5,1:0.3,0:0.2";
  o.past_noise = 0.1;
  o.lr_schedule = "cosine";
  o.weight_decay = 0.01;
  return o;
}

test::Failure run(const PretrainOptions& o, uint64_t seed = 3, const std::string& dtype = "fp32") {
  auto context = test::test_context();
  context.dtype = dtype;
  context.seed = seed;
  int code = 0;
  const auto failure = failure_of([&] { code = svg_pretrain_session(o, context); });
  CATCH_CHECK(code == 0);
  return failure;
}

void check_same_run(const std::string& a, const std::string& b, const std::string& component) {
  for (const std::string name : {"/training/state.safetensors", "/training/metrics.jsonl", "/provenance.json"}) {
    CATCH_CAPTURE(name);
    CATCH_CHECK(test::read_text(a + name) == test::read_text(b + name));
  }
  const auto weights = "/" + component + "/diffusion_pytorch_model.safetensors";
  CATCH_CHECK(test::read_text(a + weights) == test::read_text(b + weights));
}

}  // namespace

CATCH_TEST_CASE("A training run in parts gives the bits of the run in one go", "[learn]") {
  const std::string component = GENERATE("vae", "unet");
  test::TempDir folder;
  CATCH_REQUIRE(run(options(component, folder / "whole")).kind == std::nullopt);

  auto part = options(component, folder / "parts");
  part.max_steps = 2;
  CATCH_CHECK(run(part).kind == ErrorKind::Stopped);
  part.max_steps = 0;
  part.resume = true;
  CATCH_REQUIRE(run(part).kind == std::nullopt);
  check_same_run(folder / "whole", folder / "parts", component);
  CATCH_CHECK(run(part).kind == std::nullopt);  // nothing left to do
  check_same_run(folder / "whole", folder / "parts", component);

  // One line an update, and a loss that is a number.
  std::istringstream lines(test::read_text(folder / "parts/training/metrics.jsonl"));
  int step = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto entry = json::parse(line);
    CATCH_CHECK(entry.at("step") == ++step);
    CATCH_CHECK(entry.at("loss").get<double>() > 0);
    CATCH_CHECK(entry.contains("validation_loss") == (component == "unet" && step >= 3));
  }
  CATCH_CHECK(step == 4);
}

CATCH_TEST_CASE("With bf16, 8-bit moments and the average elsewhere or nowhere, too, parts give the whole", "[learn]") {
  const std::string ema = GENERATE("cpu", "off");
  test::TempDir folder;
  const auto narrow = [&](const std::string& output) {
    auto o = options("unet", output);
    o.adam_moments = "8bit";
    o.ema = ema;
    o.steps = 2;
    o.validate_every = 0;
    o.train_text_encoder = ema == "off";
    return o;
  };
  CATCH_REQUIRE(run(narrow(folder / "whole"), 3, "bf16").kind == std::nullopt);
  auto part = narrow(folder / "parts");
  part.max_steps = 1;
  CATCH_CHECK(run(part, 3, "bf16").kind == ErrorKind::Stopped);
  part.max_steps = 0;
  part.resume = true;
  CATCH_CHECK(run(part, 3, "fp32").says("dtype"));
  CATCH_REQUIRE(run(part, 3, "bf16").kind == std::nullopt);
  check_same_run(folder / "whole", folder / "parts", "unet");
  const formats::SafetensorsFile state(folder / "whole/training/state.safetensors");
  CATCH_CHECK((state.view().find("ema") != nullptr) == (ema == "cpu"));
  CATCH_CHECK(state.view().find("exp_avg.codes")->dtype == formats::DType::U8);
  CATCH_CHECK(state.view().find("weights")->dtype == formats::DType::F32);
  CATCH_CHECK(run(narrow(folder / "half"), 3, "fp16").kind == ErrorKind::Usage);
}

CATCH_TEST_CASE("What is checkpointed changes no byte of a run", "[learn]") {
  test::TempDir folder;
  for (const std::string mode : {"none", "blocks", "all"}) {
    auto o = options("unet", folder / mode);
    o.checkpoint_activations = mode;
    o.steps = 2;
    o.validate_every = 0;
    CATCH_REQUIRE(run(o).kind == std::nullopt);
    check_same_run(folder / "none", folder / mode, "unet");
  }
}

// How far two runs' first moments are apart, relative to their size.
double difference_of_runs(const std::string& a, const std::string& b) {
  const auto x = test::read_tensors(a + "/training/state.safetensors"), y = test::read_tensors(b + "/training/state.safetensors");
  return (x.at("exp_avg") - y.at("exp_avg")).norm().item<double>() / x.at("exp_avg").norm().item<double>();
}

CATCH_TEST_CASE("Micro-batches that come together are one larger batch", "[learn]") {
  const std::string component = GENERATE("vae", "unet");
  test::TempDir folder;
  auto one = options(component, folder / "one");
  one.steps = 1;
  one.validate_every = 0;
  one.text_dropout = 0.5;
  auto parts = one;
  one.batch = 6;
  one.accumulate = 1;
  parts.output = folder / "parts";
  parts.batch = 2;
  parts.accumulate = 3;
  CATCH_REQUIRE(run(one).kind == std::nullopt);
  CATCH_REQUIRE(run(parts).kind == std::nullopt);
  // After one update Adam's first moment is the clipped gradient, times 0.1: sums in another order differ in their last bits.
  CATCH_CHECK(difference_of_runs(folder / "one", folder / "parts") < 1e-5);
  // The same gradient is no coincidence: another draw of the data has another.
  auto other = one;
  other.output = folder / "other";
  CATCH_REQUIRE(run(other, 4).kind == std::nullopt);
  CATCH_CHECK(difference_of_runs(folder / "one", folder / "other") > 1e-2);
}

CATCH_TEST_CASE("A run that was killed goes on from its last checkpoint", "[learn]") {
  test::TempDir folder;
  CATCH_REQUIRE(run(options("unet", folder / "whole")).kind == std::nullopt);
  auto part = options("unet", folder / "parts");
  part.max_steps = 2;
  CATCH_CHECK(run(part).kind == ErrorKind::Stopped);
  // The updates between the checkpoint and the kill are in the log, the last line torn.
  const auto log = folder / "parts/training/metrics.jsonl";
  write_file_atomically(log, test::read_text(log) + "{\"step\": 3, \"loss\": 9}\n{\"step\": 4, \"lo");
  part.max_steps = 0;
  part.resume = true;
  CATCH_REQUIRE(run(part).kind == std::nullopt);
  check_same_run(folder / "whole", folder / "parts", "unet");
}

CATCH_TEST_CASE("A run goes on with its own settings alone, and a run folder is not replaced by accident", "[learn]") {
  test::TempDir folder;
  auto o = options("unet", folder / "run");
  o.max_steps = 1;
  CATCH_REQUIRE(run(o).kind == ErrorKind::Stopped);
  const auto state = test::read_text(folder / "run/training/state.safetensors");
  const auto tokenizer = test::read_text(folder / "run/tokenizer/vocab.json");
  CATCH_CHECK(run(o).kind == ErrorKind::CannotCreate);
  o.resume = true;
  auto other = o;
  other.lr *= 2;
  CATCH_CHECK(run(other).says("lr"));
  CATCH_CHECK(run(other).kind == ErrorKind::Config);
  other = o;
  other.past = "4";
  CATCH_CHECK(run(other).kind == ErrorKind::Config);
  CATCH_CHECK(run(o, 4).kind == ErrorKind::Config);  // another seed
  CATCH_CHECK(test::read_text(folder / "run/training/state.safetensors") == state);
  CATCH_CHECK(test::read_text(folder / "run/tokenizer/vocab.json") == tokenizer);
}

CATCH_TEST_CASE("A training state comes back bit for bit, and only over the same parameters", "[learn]") {
  test::TempDir folder;
  at::manual_seed(1);
  const auto make = [](int64_t rows) { return flatten({{"a", at::randn({rows, 2})}, {"b", at::randn({5})}}); };
  auto p = make(3);
  auto state = start_training(p);
  CATCH_CHECK(at::equal(state.ema, p.values));
  state.step = 17;
  state.ema = at::randn_like(p.values);
  state.optimizer = AdamW{at::randn_like(p.values), at::rand_like(p.values), 17};
  const auto& before = std::get<AdamW>(state.optimizer);
  const auto kept = p.values.clone();
  const ordered_json settings = {{"lr", 0.1}, {"past", "4"}};
  save_training(folder / "s", p, state, settings);

  auto q = make(3);
  const auto back = resume_training(folder / "s", q, settings);
  CATCH_CHECK(back.step == 17);
  const auto& after = std::get<AdamW>(back.optimizer);
  CATCH_CHECK(after.step == 17);
  CATCH_CHECK(at::equal(q.values, kept));
  CATCH_CHECK(at::equal(q.named[1].second, kept.narrow(0, 6, 5)));
  CATCH_CHECK(at::equal(back.ema, state.ema));
  CATCH_CHECK(at::equal(after.exp_avg, before.exp_avg));
  CATCH_CHECK(at::equal(after.exp_avg_sq, before.exp_avg_sq));

  auto wider = make(4);
  CATCH_CHECK(failure_of([&] { resume_training(folder / "s", wider, settings); }).kind == ErrorKind::Config);
  const auto other = failure_of([&] { resume_training(folder / "s", q, {{"lr", 0.2}, {"past", "4"}}); });
  CATCH_CHECK(other.kind == ErrorKind::Config);
  CATCH_CHECK(other.says("lr = 0.1"));
}

// Last: the request stays for the rest of the process.
CATCH_TEST_CASE("A stop request saves, ends with 75, and the run goes on bit for bit", "[learn]") {
  test::TempDir folder;
  CATCH_REQUIRE(run(options("vae", folder / "whole")).kind == std::nullopt);
  install_stop_handlers();
  std::raise(SIGTERM);
  CATCH_REQUIRE(stop_requested());
  auto part = options("vae", folder / "parts");
  part.resume = true;
  // Each call does one update and stops; the fourth is the last.
  for (int call = 1; call < 4; ++call) CATCH_CHECK(run(part).kind == ErrorKind::Stopped);
  CATCH_CHECK(run(part).kind == std::nullopt);
  check_same_run(folder / "whole", folder / "parts", "vae");
}

}  // namespace svg::learn
