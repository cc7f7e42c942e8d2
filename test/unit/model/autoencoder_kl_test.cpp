// AutoencoderKL against diffusers' (test/golden/autoencoder_kl.py).
#include "libcore/model/autoencoder_kl.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <filesystem>

#include "test/support/catch.h"
#include "test/support/golden.h"

using namespace svg;
using test::relative_error;

namespace {

struct Case {
  AutoencoderKL vae;
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  std::map<std::string, at::Tensor> expected;
};

Case load(const std::string& name) {
  const auto dir = test::golden_path("autoencoder_kl/" + name);
  const auto files = std::make_shared<formats::WeightFiles>(dir, "diffusion_pytorch_model");
  auto p = Parameters::from_files(files, at::kFloat, at::kCPU, dir);
  Case c;
  c.vae = make_autoencoder_kl(p, autoencoder_kl_config(test::read_json(dir + "/config.json"), dir));
  p.finish();
  c.parameters = p.list();
  c.expected = test::read_tensors(dir + "/expected.safetensors");
  return c;
}

}  // namespace

CATCH_TEST_CASE("AutoencoderKL gives the numbers of diffusers") {
  const std::string name = GENERATE(as<std::string>{}, "attention", "three_stages", "old_names");
  CATCH_INFO(name);
  const Case c = load(name);
  const auto q = encode(c.vae, c.expected.at("pixels"));
  CATCH_CHECK(relative_error(q.mean, c.expected.at("mean")) < 1e-4);
  CATCH_CHECK(relative_error(q.logvar, c.expected.at("logvar")) < 1e-4);
  CATCH_CHECK(relative_error(sample(q, c.expected.at("noise")), c.expected.at("latents")) < 1e-4);
  CATCH_CHECK(relative_error(kl_divergence(q), c.expected.at("kl")) < 1e-4);
  CATCH_CHECK(relative_error(decode(c.vae, c.expected.at("latents")), c.expected.at("decoded")) <
              1e-4);
}

CATCH_TEST_CASE("Latents are scaled as the pipelines of diffusers do it") {
  const std::string name = GENERATE(as<std::string>{}, "attention", "three_stages", "old_names");
  CATCH_INFO(name);
  const Case c = load(name);
  const at::Tensor& latents = c.expected.at("latents");
  const at::Tensor scaled = scale_latents(c.vae.config, latents);
  CATCH_CHECK(relative_error(scaled, c.expected.at("scaled")) < 1e-6);
  CATCH_CHECK(relative_error(unscale_latents(c.vae.config, scaled), latents) < 1e-5);
  // frames and batches in front change nothing
  CATCH_CHECK(relative_error(scale_latents(c.vae.config, latents.unsqueeze(0)),
                             scaled.unsqueeze(0)) < 1e-7);
}

CATCH_TEST_CASE("AutoencoderKL gives the gradients of diffusers for every parameter") {
  const std::string name = GENERATE(as<std::string>{}, "attention", "three_stages", "old_names");
  CATCH_INFO(name);
  Case c = load(name);
  at::Tensor pixels = c.expected.at("pixels").clone().requires_grad_();
  for (auto& [key, tensor] : c.parameters) tensor.requires_grad_();
  const auto q = encode(c.vae, pixels);
  const at::Tensor decoded = decode(c.vae, sample(q, c.expected.at("noise")));
  const at::Tensor loss =
      (decoded - c.expected.at("target")).square().mean() + 0.1 * kl_divergence(q).mean();
  CATCH_CHECK(relative_error(loss, c.expected.at("loss")) < 1e-5);
  torch::autograd::backward({loss}, {});
  CATCH_CHECK(relative_error(pixels.grad(), c.expected.at("grad.pixels")) < 1e-3);
  for (const auto& [key, tensor] : c.parameters) {
    CATCH_INFO(key);
    const at::Tensor& expected = c.expected.at("grad." + key);
    const double difference = (tensor.grad() - expected).abs().max().item<double>();
    double scale = expected.abs().max().item<double>();
    // A key's bias moves all scores alike, and one before a norm of single channels is taken off
    // again: their gradients are rounding noise about zero, so they are held against the weight's.
    if (key.ends_with(".bias"))
      scale =
          std::max(scale, 1e-3 * c.expected.at("grad." + key.substr(0, key.size() - 4) + "weight")
                                     .abs()
                                     .max()
                                     .item<double>());
    CATCH_CHECK(difference <= 1e-3 * scale);
  }
}

CATCH_TEST_CASE("The config of an AutoencoderKL is written as diffusers writes it") {
  const std::string name = GENERATE(as<std::string>{}, "attention", "three_stages", "old_names");
  const auto path = test::golden_path("autoencoder_kl/" + name + "/config.json");
  const auto config = autoencoder_kl_config(test::read_json(path), path);
  CATCH_CHECK(to_json(config).dump(2) + "\n" == test::read_text(path));
}

CATCH_TEST_CASE("An AutoencoderKL config that we would not honour is refused") {
  const auto path = test::golden_path("autoencoder_kl/attention/config.json");
  const auto refuses = [&](const char* key, const json& value, const char* mention) {
    json doc = test::read_json(path);
    doc[key] = value;
    CATCH_CHECK_THROWS_WITH(autoencoder_kl_config(doc, "vae/config.json"),
                            Catch::Contains("vae/config.json") && Catch::Contains(mention));
  };
  refuses("_class_name", "VQModel", "VQModel");
  refuses("act_fn", "snake", "snake");
  refuses("down_block_types", {"AttnDownEncoderBlock2D", "DownEncoderBlock2D"},
          "AttnDownEncoderBlock2D");
  refuses("down_block_types", {"DownEncoderBlock2D"}, "down_block_types");
  refuses("norm_num_groups", 4, "4 groups");
  refuses("layers_per_block", "two", "layers_per_block");
  refuses("latents_mean", {0.0, 0.0, 0.0}, "latents_std");
  refuses("use_spade", true, "use_spade");
}

CATCH_TEST_CASE("Weights of another AutoencoderKL are named in the error") {
  const auto dir = test::golden_path("autoencoder_kl/attention");
  const auto files = std::make_shared<formats::WeightFiles>(dir, "diffusion_pytorch_model");
  auto doc = test::read_json(dir + "/config.json");
  doc["mid_block_add_attention"] = false;
  auto p = Parameters::from_files(files, at::kFloat, at::kCPU, dir);
  make_autoencoder_kl(p, autoencoder_kl_config(doc, dir));
  CATCH_CHECK_THROWS_WITH(p.finish(),
                          Catch::Contains("encoder.mid_block.attentions.0.to_q.weight"));
}
