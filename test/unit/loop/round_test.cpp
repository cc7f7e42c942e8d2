// A round of the loop on a model small enough to write down gives what Algorithm 1b in NumPy gives
// (test/golden/loop_toy.py): the phases, the store and the training are the ones that are used, the
// model alone is another.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "libcore/loop/fast_phase.h"
#include "libcore/loop/stored_memories.h"
#include "libcore/nn/layers.h"
#include "libcore/slow/train_loop.h"
#include "test/support/catch.h"
#include "test/support/golden.h"
#include "test/support/temp_dir.h"

namespace svg::loop {
namespace {

constexpr double kFastLr = 0.05, kSlowLr = 0.02, kTolerance = 1e-5;
constexpr int64_t kRank = 2, kSteps = 4;

std::map<std::string, at::Tensor> golden() {
  return test::read_tensors(test::golden_path("loop_toy/round.safetensors"));
}

struct Toy {
  Parameters parameters = Parameters::fresh(0, at::kCPU);
  nn::Linear layer = nn::make_linear(parameters, "layer", 3, 3, false);
  Toy() { layer.weight.copy_(golden().at("weight")); }
  // x [B, 3] -> the squared error of each row.
  at::Tensor losses(const at::Tensor& x, const at::Tensor& target) const {
    return (nn::forward(layer, x) - target).square().mean(1);
  }
};

class ToyLearner : public Learner {
 public:
  ToyLearner(Toy& toy, const std::vector<std::string>& names)
      : toy_(toy),
        memory_(toy.parameters, "layer", kRank, 1.0, names, fast::OffloadWhileSampling::Never) {
    for (size_t e = 0; e < names.size(); ++e) {
      const auto number = std::stoll(names[e]);
      memory_.load(
          static_cast<int64_t>(e),
          {{"base_model.model.layer.lora_A.weight", golden().at("a")[number].to(at::kFloat)},
           {"base_model.model.layer.lora_B.weight", at::zeros({3, kRank})}});
    }
  }
  void append(const at::Tensor& latents, const std::vector<episode::Action>&) override {
    before_ = last_;
    last_ = latents.flatten(1);
  }
  fast::FastReport learn() override {
    memory_.use_side_path();
    memory_.parameters().grads.zero_();
    const auto losses = toy_.losses(before_, last_);
    torch::autograd::backward({losses.sum()}, {});
    optim::adamw_update(memory_.optimizer(), {}, kFastLr, memory_.parameters().values,
                        memory_.parameters().grads);
    memory_.use_base();
    fast::FastReport report;
    for (int64_t e = 0; e < losses.size(0); ++e) report.loss.push_back(losses[e].item<double>());
    report.steps = 1;
    return report;
  }
  fast::TempLora& memory() override { return memory_; }
  at::Device device() const override { return at::kCPU; }

 private:
  Toy& toy_;
  fast::TempLora memory_;
  at::Tensor before_, last_;
};

const LatentSpace kSpace{
    .model = "toy", .fingerprint = "xxh128:00", .channels = 1, .scaling_factor = 1};

// All episodes in one stream.
std::string write_data(const std::string& folder) {
  const std::string path = folder + "/data.latents";
  auto writer = formats::StreamWriter::create(path);
  writer.write(to_json(formats::StreamHeader{.model = kSpace.fingerprint,
                                             .channels = 1,
                                             .height = 1,
                                             .width = 3,
                                             .fps = 10,
                                             .scaling_factor = 1}));
  const auto chunks = golden().at("chunks").to(at::kFloat);
  for (int64_t e = 0; e < chunks.size(0); ++e) {
    for (int64_t i = 0; i < chunks.size(1); ++i) {
      const auto frame = chunks[e][i].view({1, 1, 1, 3}).contiguous();
      writer.write(to_json(formats::ChunkHeader{.episode = std::to_string(e),
                                                .index = i,
                                                .role = formats::Role::Truth,
                                                .action = "go on",
                                                .frames = 1}),
                   {view_of("latents", frame)});
    }
  }
  writer.finish();
  return path;
}

FastPhase phase_in(const std::string& folder, int64_t batch) {
  FastPhase phase{.streams = {write_data(folder)},
                  .space = kSpace,
                  .folder = cat(folder, "/store-", batch),
                  .info = {.base = "xxh128:aa",
                           .vae = kSpace.fingerprint,
                           .kind = formats::StoreKind::Theta,
                           .rank = kRank,
                           .alpha = kRank,
                           .past = 1,
                           .fast = {{"steps", 1}},
                           .seed = 0,
                           .episodes = 4,
                           .provenance = {{"tool", "test"}}},
                  .targets = {"layer"},
                  .store = {.dtype = Precision::Fp32, .batch = batch},
                  .shard = {}};
  return phase;
}

// W after the slow phase on a store.
at::Tensor slow_phase_on(Toy& toy, const std::string& store_folder, const std::string& output,
                         Beside whose) {
  const auto store = formats::LoopStore::open(store_folder);
  std::vector<std::string> streams;
  for (const auto& e : store.episodes()) streams.push_back(store.stream_path(e.number));
  const auto data = slow::LatentDataset::read(streams, kSpace);
  const int64_t pairs = data.item_count(1, 1);
  CATCH_REQUIRE(pairs == store.pairs());
  StoredMemories memories(store, std::nullopt, {.memory = whose}, "layer", pairs, 0);
  slow::TrainTask task;
  task.parameters = optim::flatten({{"layer.weight", toy.layer.weight}});
  const UNet3D unet;
  const NoiseSchedule schedule;
  memories.attach({toy.parameters, unet, schedule, data, {}, at::kCPU});
  task.loss = [&](int64_t step, int64_t micro, ordered_json& log) {
    const auto batch = data.draw(0, step * pairs, pairs, 1, 1);
    memories.place(batch.origins, step, micro, log);
    const auto x = batch.latents.flatten(2);
    return toy.losses(x.select(1, 0), x.select(1, 1)).mean();
  };
  task.save_model = [] {};
  slow::TrainLoopSettings loop;
  loop.output = output;
  loop.steps = kSteps;
  loop.lr = kSlowLr;
  loop.warmup_steps = 0;
  loop.max_grad_norm = 0;
  loop.ema = slow::Ema::Off;
  Context context;
  slow::run_training(task, loop, {{"test", true}}, context);
  memories.leave();
  return task.parameters.values.view({3, 3}).clone();
}

}  // namespace

CATCH_TEST_CASE("A round of the loop is Algorithm 1b", "[loop]") {
  const test::TempDir folder;
  const auto expected = golden();
  for (const int64_t batch : {1, 3, 4}) {  // in step or not
    Toy toy;
    const MakeLearner make = [&](const std::vector<std::string>& names) {
      return std::make_unique<ToyLearner>(toy, names);
    };
    const auto phase = phase_in(folder.path(), batch);
    const auto report = run_fast_phase(phase, make);
    CATCH_CHECK(report.episodes == 4);
    CATCH_CHECK(report.pairs == 16);
    const MemoryShelf shelf(formats::LoopStore::open(phase.folder));
    CATCH_CHECK(shelf.store().verify().empty());
    fast::AdapterBank bank(toy.parameters, "layer", kRank, 1, {"row"});
    for (int64_t e = 0; e < 4; ++e) {
      for (int64_t i = 1; i <= 3; ++i) {
        shelf.put(MemoryName{e, i}, bank, 0);
        const auto delta = bank.delta(0);
        CATCH_CHECK(test::relative_error(delta[0].second, expected.at(cat("a_after_", i))[e]) <
                    kTolerance);
        CATCH_CHECK(test::relative_error(delta[1].second, expected.at(cat("b_after_", i))[e]) <
                    kTolerance);
      }
    }
    const auto w =
        slow_phase_on(toy, phase.folder, cat(folder.path(), "/run-", batch), Beside::Own);
    CATCH_CHECK(test::relative_error(w, expected.at("weight_after")) < kTolerance);
  }
}

CATCH_TEST_CASE("Without memories, and with others', the weights learn something else", "[loop]") {
  const test::TempDir folder;
  Toy toy;
  const MakeLearner make = [&](const std::vector<std::string>& names) {
    return std::make_unique<ToyLearner>(toy, names);
  };
  const auto phase = phase_in(folder.path(), 4);
  run_fast_phase(phase, make);
  for (const auto whose : {Beside::None, Beside::Swapped}) {
    Toy fresh;
    const auto w = slow_phase_on(fresh, phase.folder,
                                 cat(folder.path(), "/run-", std::string(name_of(whose))), whose);
    CATCH_CHECK(test::relative_error(w, golden().at("weight_after")) > 1e-3);
  }
}

CATCH_TEST_CASE("Another episode's memory is one that did the same", "[loop]") {
  const test::TempDir folder;
  Toy toy;
  const MakeLearner make = [&](const std::vector<std::string>& names) {
    return std::make_unique<ToyLearner>(toy, names);
  };
  const auto phase = phase_in(folder.path(), 4);
  run_fast_phase(phase, make);
  const MemoryShelf shelf(formats::LoopStore::open(phase.folder));
  for (int64_t e = 0; e < 4; ++e) {
    const auto partner = shelf.swapped({.stream = e, .chunk = 3, .item = 0, .memory = 2}, 1);
    CATCH_CHECK(partner.memory.episode != e);
    CATCH_CHECK(partner.memory.revision == 2);
    CATCH_CHECK(partner.agreement == 1);
  }
}

}  // namespace svg::loop
