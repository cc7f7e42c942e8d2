// Runs of svg-pretrain's session on the tiny model, and whether two are the same: for the tests of
// training.
#pragma once
#include <filesystem>
#include <string>

#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/golden.h"
#include "test/support/temp_dir.h"
#include "test/support/tiny_run.h"

namespace svg::test {

inline constexpr int64_t kSteps = 3;

inline const std::string& made_once() {
  static const TempDir folder;
  static const std::string path = folder.path();
  static const std::string model = make_tiny_model(path);
  return path;
}

// The UNet's data are encoded already: latent_cache.h is not what is tested here.
inline session::PretrainOptions options(const std::string& component, const std::string& output) {
  const auto& folder = made_once();
  auto o = tiny_training(component, component == "vae" ? tiny_config() : folder + "/vae",
                         folder + "/data", output, kSteps);
  if (component == "unet")
    o.files.data = {
        std::filesystem::directory_iterator(folder + "/model/latents")->path().string()};
  o.files.validation = o.files.data;
  o.loop.validate_every = component == "vae" ? 0 : kSteps;
  o.loop.accumulate = component == "vae" ? 1 : 2;
  o.unet.past = "4:0.5,1:0.3,0:0.2";
  o.unet.past_noise = 0.1;
  o.unet.own_past = 0.5;
  o.loop.lr_schedule = optim::LrShape::Cosine;
  o.loop.weight_decay = 0.01;
  return o;
}

inline Failure run(const session::PretrainOptions& o, uint64_t seed = 3,
                   const std::string& dtype = "fp32") {
  auto context = test_context();
  context.dtype = enum_from<Precision>(dtype, "dtype");
  context.seed = seed;
  return failure_of([&] { pretrain(o, context); });
}

inline void check_same_run(const std::string& a, const std::string& b,
                           const std::string& component) {
  for (const std::string name :
       {"/training/state.safetensors", "/training/metrics.jsonl", "/provenance.json"}) {
    CATCH_CAPTURE(name);
    CATCH_CHECK(read_text(a + name) == read_text(b + name));
  }
  const auto weights = "/" + component + "/diffusion_pytorch_model.safetensors";
  CATCH_CHECK(read_text(a + weights) == read_text(b + weights));
}

}  // namespace svg::test
