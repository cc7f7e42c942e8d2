// Fast learning against PEFT, diffusers and torch's Adam (test/golden/fast_learning.py): the same
// weights, first A and B and draws.
#include <ATen/ATen.h>

#include <cmath>
#include <map>

#include "formats/safetensors.h"
#include "libcore/fast/fast_learning.h"
#include "test/support/catch.h"
#include "test/support/golden.h"

namespace svg::fast {

CATCH_TEST_CASE("Fast learning takes the steps of PEFT and torch's Adam", "[learn]") {
  const auto name =
      GENERATE(as<std::string>{}, "consecutive_eps", "input_output_v", "input_output_v_of_eps");
  CATCH_CAPTURE(name);
  const auto path = test::golden_path("fast_learning/" + name + ".safetensors");
  const auto golden = test::read_tensors(path);
  const json c = json::parse(formats::SafetensorsFile(path).view().metadata.at("case"));

  const auto files =
      std::make_shared<formats::WeightFiles>(test::golden_path("fast_learning"), "unet");
  const auto config = unet3d_config_from(json::parse(files->metadata().at("config")), "unet");
  auto parameters = Parameters::from_files(files, at::kFloat, at::kCPU, "unet");
  const UNet3D unet = make_unet3d(parameters, config);
  parameters.finish();
  json scheduler = c.at("schedule");
  scheduler["_class_name"] = "DDPMScheduler";
  scheduler["prediction_type"] = c.at("prediction_type");
  const auto schedule = make_noise_schedule(scheduler_config(scheduler, "scheduler"));

  FastSettings s;
  s.rank = c.at("rank");
  s.alpha = c.at("alpha");
  s.batch = c.at("batch");
  s.lr = c.at("lr");
  s.objective = enum_from<Objective>(c.at("objective"), "objective");
  s.weighting = enum_from<Weighting>(c.at("weighting"), "weighting");
  TempLora memory(parameters, s.targets, s.rank, s.scale(), {"x"});
  std::map<std::string, at::Tensor> first;
  for (const auto& [key, t] : golden) {
    if (key.starts_with("first.")) first[key.substr(6)] = t;
  }
  memory.load(0, first);

  const auto &past = golden.at("past"), &chunk = golden.at("chunk");
  EpisodeHistory history;
  history.latents = at::cat({past, chunk}, 1);
  history.chunks = {{0, past.size(1), {golden.at("text")}, {}},
                    {past.size(1), chunk.size(1), {golden.at("text")}, {}}};
  history.learnable = 1;
  const FastContext context{unet, schedule, golden.at("empty_text"), 0, {"x"}, past.size(1)};

  // One call a step, so that the loss of each is seen; Adam's moments stay.
  const auto losses = golden.at("losses");
  for (int64_t step = 0; step < losses.size(0); ++step) {
    const GivenDraws draws{golden.at("noise").narrow(0, step * s.batch, s.batch),
                           golden.at("timesteps").narrow(0, step * s.batch, s.batch)};
    const auto report = fast_learn(context, s, memory, history, draws);
    CATCH_CHECK(report.loss[0] == Approx(losses[step].item<double>()).epsilon(1e-5));
  }

  double difference = 0, change = 0;
  for (const auto& [key, t] : memory.delta(0)) {
    CATCH_CAPTURE(key);
    const auto last = golden.at("last." + key), size = (last - first.at(key)).norm();
    // Adam divides by the root of the gradient's square: rounding shows where a layer hardly
    // matters.
    CATCH_CHECK((t - last).norm().item<double>() < 3e-2 * size.item<double>());
    difference += (t - last).square().sum().item<double>();
    change += size.square().item<double>();
  }
  CATCH_CHECK(std::sqrt(difference / change) < 2e-3);

  // All at once with K = steps x batch draws is the same.
  TempLora again(parameters, s.targets, s.rank, s.scale(), {"x"});
  again.load(0, first);
  s.steps = losses.size(0);
  fast_learn(context, s, again, history, GivenDraws{golden.at("noise"), golden.at("timesteps")});
  for (size_t i = 0; i < memory.delta(0).size(); ++i)
    CATCH_CHECK(at::equal(again.delta(0)[i].second, memory.delta(0)[i].second));
}

}  // namespace svg::fast
