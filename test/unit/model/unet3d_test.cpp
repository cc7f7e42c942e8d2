#include "libcore/model/unet3d.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <map>
#include <string>

#include "formats/safetensors.h"
#include "libcore/tensor/adapter_lease.h"
#include "libcore/tensor/parameters.h"
#include "test/support/catch.h"
#include "test/support/golden.h"
#include "test/support/two_level_unet.h"

namespace svg {
namespace {

using test::relative_error;

// A configuration with what diffusers computed for it (test/golden/unet3d.py).
struct Case {
  UNet3D unet;
  Parameters parameters;
  std::map<std::string, at::Tensor> expected;
};

Case load_case(const std::string& name) {
  const auto files = std::make_shared<formats::WeightFiles>(test::golden_path("unet3d"), name);
  const json config = parse_json(files->metadata().at("config"), name);
  Case c{{},
         Parameters::from_files(files, at::kFloat, at::kCPU, name),
         test::read_tensors(test::golden_path("unet3d/" + name + ".expected.safetensors"))};
  c.unet = make_unet3d(c.parameters, unet3d_config_from(config, name));
  c.parameters.finish();
  return c;
}

struct Fresh {
  Parameters parameters = Parameters::fresh(7, at::kCPU);
  UNet3D unet;
  explicit Fresh(const UNet3DConfig& config) : unet(make_unet3d(parameters, config)) {
    // The last temporal convolutions start as zeros, which would hide what stands before them.
    at::manual_seed(11);
    for (auto& [name, tensor] : parameters.list()) {
      if (name.find(".conv4.3.") != std::string::npos) tensor.copy_(at::randn_like(tensor) * 0.2);
    }
  }
};

}  // namespace

CATCH_TEST_CASE("The UNet gives diffusers' output and gradients", "[model]") {
  const auto name = GENERATE(as<std::string>{}, "one_level", "two_levels", "deep_attention",
                             "three_levels", "smallest");
  CATCH_CAPTURE(name);
  Case c = load_case(name);
  for (auto& [parameter, tensor] : c.parameters.list()) tensor.requires_grad_(true);
  const at::Tensor output =
      forward(c.unet, c.expected.at("sample"), c.expected.at("timestep"), c.expected.at("text"));
  CATCH_REQUIRE(output.sizes() == c.expected.at("output").sizes());
  CATCH_CHECK(relative_error(output, c.expected.at("output")) < 1e-4);

  at::mse_loss(output, c.expected.at("target")).backward();
  size_t compared = 0;
  for (const auto& [parameter, tensor] : c.parameters.list()) {
    CATCH_CAPTURE(parameter);
    CATCH_REQUIRE(tensor.grad().defined());
    CATCH_CHECK(relative_error(tensor.grad(), c.expected.at("grad." + parameter)) < 1e-3);
    ++compared;
  }
  CATCH_CHECK(compared + 5 == c.expected.size());
}

// Gradients of all leaves after one backward pass, and the loss.
std::vector<at::Tensor> gradients(const UNet3D& unet, const std::vector<at::Tensor>& leaves,
                                  const at::Tensor& text) {
  at::manual_seed(5);
  const at::Tensor sample = at::randn({2, 3, 4, 8, 6}), timestep = at::tensor({3, 700}, at::kLong);
  for (auto leaf : leaves) leaf.mutable_grad() = at::Tensor();
  const at::Tensor loss = forward(unet, sample, timestep, text).square().mean();
  loss.backward();
  std::vector<at::Tensor> out = {loss.detach()};
  for (const auto& leaf : leaves) out.push_back(leaf.grad());
  return out;
}

CATCH_TEST_CASE(
    "Checkpointing changes no bit of any gradient, of weights or of adapters of a frozen model",
    "[model]") {
  auto config = test::two_level_unet();
  config.layers_per_block = 2;
  config.mid_block_scale_factor = 1.3;
  Fresh f(config);
  at::manual_seed(9);
  at::Tensor text = at::randn({2, 3, 5});
  std::vector<at::Tensor> leaves;
  const AdapterLease lease(f.parameters);
  if (GENERATE(true, false)) {
    for (const auto& [name, tensor] : f.parameters.list())
      leaves.push_back(tensor.requires_grad_(true));
    leaves.push_back(text.requires_grad_(true));
  } else {
    for (size_t i = 0; i < f.parameters.sites().size(); ++i) {
      const auto& site = f.parameters.sites()[i];
      if (site.name.find("attn") == std::string::npos) continue;
      auto& slot = lease.slot(i);
      slot.a = at::randn({1, 2, site.weight.size(1)}).requires_grad_(true);
      slot.b = at::randn({1, site.weight.size(0), 2}).requires_grad_(true);
      leaves.insert(leaves.end(), {slot.a, slot.b});
    }
  }
  const auto kept = gradients(f.unet, leaves, text);
  f.unet.offload = {.least_bytes = 0, .from_cpu = true};  // as from a GPU, however small
  for (const auto mode :
       {nn::Checkpointing::Blocks, nn::Checkpointing::All, nn::Checkpointing::Offload}) {
    f.unet.checkpointing = mode;
    const auto made_again = gradients(f.unet, leaves, text);
    for (size_t i = 0; i < kept.size(); ++i) {
      CATCH_REQUIRE(made_again[i].defined());
      CATCH_CHECK(at::equal(made_again[i], kept[i]));
    }
  }
}

CATCH_TEST_CASE("The UNet treats each video of a batch alone", "[model]") {
  Fresh f(test::two_level_unet());
  const at::NoGradGuard no_grad;
  const at::Tensor sample = at::randn({3, 4, 4, 5, 3}), text = at::randn({3, 2, 5});
  const at::Tensor timestep = at::tensor({5, 600, 999}, at::kLong);
  const at::Tensor together = forward(f.unet, sample, timestep, text);
  for (int64_t i = 0; i < 3; ++i) {
    const at::Tensor alone =
        forward(f.unet, sample.narrow(0, i, 1), timestep.narrow(0, i, 1), text.narrow(0, i, 1));
    CATCH_CHECK(relative_error(together.narrow(0, i, 1), alone) < 1e-5);
  }
}

CATCH_TEST_CASE("Every linear layer of the UNet takes an adapter", "[model]") {
  Fresh f(test::two_level_unet());
  const at::NoGradGuard no_grad;
  // A pair far smaller than the layer, and one as large: learning takes two ways through them.
  const int64_t rank = GENERATE(1, 16), episodes = 2;
  const at::Tensor sample = at::randn({4, 3, 4, 4, 6}), text = at::randn({4, 3, 5});
  const at::Tensor timestep = at::tensor({1, 20, 300, 900}, at::kLong);
  const at::Tensor base = forward(f.unet, sample, timestep, text);
  const at::Tensor base_of_first =
      forward(f.unet, sample.narrow(0, 0, 2), timestep.narrow(0, 0, 2), text.narrow(0, 0, 2));

  const AdapterLease lease(f.parameters);
  const auto& sites = f.parameters.sites();
  // Each row: what the slots hold, for all sites at once.
  const auto set = [&](bool merged, int64_t first, int64_t count, double b_size) {
    for (size_t i = 0; i < sites.size(); ++i) {
      const auto& w = sites[i].weight;
      const int64_t out = w.size(0), in = w.size(1);
      at::manual_seed(out * 1000 + in);
      const at::Tensor a = at::randn({episodes, rank, in}).narrow(0, first, count);
      const at::Tensor b = (at::randn({episodes, out, rank}) * b_size).narrow(0, first, count);
      lease.slot(i) = merged ? LoraSlot{{}, {}, 0.7, w + 0.7 * at::bmm(b, a)}
                             : LoraSlot{a.requires_grad_(true), b.requires_grad_(true), 0.7, {}};
    }
    return forward(f.unet, count == episodes ? sample : sample.narrow(0, 2 * first, 2),
                   count == episodes ? timestep : timestep.narrow(0, 2 * first, 2),
                   count == episodes ? text : text.narrow(0, 2 * first, 2));
  };

  CATCH_CHECK(at::equal(set(false, 0, 1, 0),
                        base_of_first));  // an adapter that has learned nothing changes nothing
  CATCH_CHECK(relative_error(set(false, 0, episodes, 0), base) < 1e-5);
  const double size = 0.07 / std::sqrt(static_cast<double>(rank));
  const at::Tensor side = set(false, 0, episodes, size), merged = set(true, 0, episodes, size);
  CATCH_CHECK(relative_error(side, base) > 1e-3);
  CATCH_CHECK(relative_error(merged, side) < 1e-4);
  for (int64_t e = 0; e < episodes; ++e) {
    CATCH_CHECK(relative_error(set(false, e, 1, size), side.narrow(0, 2 * e, 2)) < 1e-4);
    CATCH_CHECK(relative_error(set(true, e, 1, size), side.narrow(0, 2 * e, 2)) < 1e-4);
  }
  // An adapter in any one layer shows in the output: no layer forgets its slot.
  for (size_t chosen = 0; chosen < sites.size(); ++chosen) {
    CATCH_CAPTURE(sites[chosen].name);
    for (size_t i = 0; i < sites.size(); ++i) lease.slot(i) = LoraSlot{};
    lease.slot(chosen).a = at::ones({1, 1, sites[chosen].weight.size(1)});
    lease.slot(chosen).b = at::randn({1, sites[chosen].weight.size(0), 1});
    CATCH_CHECK_FALSE(at::equal(forward(f.unet, sample, timestep, text), base));
  }
}

CATCH_TEST_CASE("A UNet config survives writing and reading", "[model]") {
  UNet3DConfig c = test::two_level_unet();
  c.sample_size = {3, 5};
  c.mid_block_scale_factor = 1.5;
  const json doc = to_json(c);
  CATCH_CHECK(to_json(unet3d_config_from(doc, "x")) == doc);
  CATCH_CHECK(unet3d_config_from(json::object(), "x").block_out_channels ==
              UNet3DConfig{}.block_out_channels);
}

CATCH_TEST_CASE("A UNet config with a value nobody can honour is refused by name", "[model]") {
  const auto [key, value] = GENERATE(table<std::string, std::string>({
      {"num_attention_heads", "4"},
      {"attention_head_dim", "[2, 2]"},
      {"attention_head_dim", "0"},
      {"attention_head_dim", "\"two\""},
      {"attention_head_dim", "7"},
      {"time_cond_proj_dim", "8"},
      {"norm_num_groups", "null"},
      {"norm_num_groups", "4"},
      {"act_fn", "\"tanh\""},
      {"down_block_types", "[\"DownBlock2D\", \"DownBlock3D\"]"},
      {"up_block_types", "[\"UpBlock3D\"]"},
      {"mid_block_scale_factor", "0"},
      {"_class_name", "\"UNet2DConditionModel\""},
      {"dropout_rate", "0.1"},
  }));
  CATCH_CAPTURE(key, value);
  json doc = to_json(test::two_level_unet());
  doc[key] = json::parse(value);
  try {
    unet3d_config_from(doc, "unet/config.json");
    CATCH_FAIL("accepted");
  } catch (const Error& error) {
    CATCH_CHECK(error.kind() == ErrorKind::Data);
    CATCH_CHECK(std::string(error.what()).starts_with("unet/config.json: "));
    CATCH_CHECK(std::string(error.what()).find(key) != std::string::npos);
  }
}

CATCH_TEST_CASE("The UNet refuses inputs of another shape", "[model]") {
  Fresh f(test::two_level_unet());
  const at::Tensor sample = at::zeros({1, 2, 4, 3, 3}), timestep = at::zeros({1}),
                   text = at::zeros({1, 2, 5});
  CATCH_CHECK_THROWS_AS(forward(f.unet, at::zeros({1, 4, 2, 3, 3}), timestep, text), Error);
  CATCH_CHECK_THROWS_AS(forward(f.unet, sample, at::zeros({2}), text), Error);
  CATCH_CHECK_THROWS_AS(forward(f.unet, sample, timestep, at::zeros({1, 2, 4})), Error);
  CATCH_CHECK_THROWS_AS(forward(f.unet, sample, timestep, at::zeros({2, 2, 5})), Error);
}

}  // namespace svg
