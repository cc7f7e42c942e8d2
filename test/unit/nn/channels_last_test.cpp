// Images whose channels lie next to each other: the GPU's kernels, run on the CPU
// (test/support/host_plugin.cpp), and the models in that layout, against PyTorch and the models as
// they are.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "libcore/model/autoencoder_kl.h"
#include "libcore/model/unet3d.h"
#include "libcore/nn/geglu.h"
#include "libcore/nn/group_norm_last.h"
#include "libcore/nn/norm_silu.h"
#include "libcore/tensor/convolution_layout.h"
#include "test/support/catch.h"
#include "test/support/golden.h"
#include "test/support/host_plugin.h"
#include "test/support/two_level_unet.h"

namespace svg::nn {
namespace {

using test::group_norms_made;
using test::relative_error;
using Tensors = std::vector<at::Tensor>;

constexpr auto kLast = at::MemoryFormat::ChannelsLast;

// f() and the gradients of `leaves` when each number of it weighs what chance says.
Tensors with_gradients(const std::function<at::Tensor()>& f, Tensors leaves) {
  for (auto& leaf : leaves) {
    leaf.requires_grad_(true);
    leaf.mutable_grad() = at::Tensor();
  }
  const at::Tensor y = f();
  at::manual_seed(5);
  torch::autograd::backward({y}, {at::randn(y.sizes()).to(y.scalar_type())});
  Tensors all = {y.detach()};
  for (const auto& leaf : leaves) all.push_back(leaf.grad());
  return all;
}

void check_close(const Tensors& ours, const Tensors& expected, double tolerance) {
  CATCH_REQUIRE(ours.size() == expected.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    CATCH_CAPTURE(i);
    CATCH_CHECK(relative_error(ours[i].to(at::kDouble), expected[i].to(at::kDouble)) < tolerance);
  }
}

struct Case {
  std::vector<int64_t> shape;
  int64_t groups;
  double scale = 2, mean = 0.5;
};

// Ours on x in channels last; PyTorch's on the same numbers in fp64.
void check_norm(const Case& c, bool silu, at::ScalarType dtype, double tolerance) {
  at::manual_seed(3);
  CATCH_CAPTURE(c.shape, c.groups, c.mean, silu);
  const at::Tensor x = (c.scale * at::randn(c.shape) + c.mean).to(dtype).contiguous(kLast);
  GroupNorm norm{at::randn({c.shape[1]}).to(dtype), at::randn({c.shape[1]}).to(dtype), c.groups,
                 1e-5};
  CATCH_REQUIRE(has_kernel_for_channels_last(x));
  const auto before = group_norms_made();
  const auto ours = with_gradients([&] { return silu ? norm_silu(norm, x) : forward(norm, x); },
                                   {x, norm.weight, norm.bias});
  CATCH_CHECK(group_norms_made() == before + (c.shape[1] % 8 == 0));
  CATCH_CHECK(ours[0].is_contiguous(kLast));
  const auto wide = [](const at::Tensor& t) { return t.detach().contiguous().to(at::kDouble); };
  const at::Tensor x64 = wide(x), weight = wide(norm.weight), bias = wide(norm.bias);
  check_close(ours,
              with_gradients(
                  [&] {
                    const at::Tensor y = at::group_norm(x64, c.groups, weight, bias, norm.eps);
                    return silu ? at::silu(y) : y;
                  },
                  {x64, weight, bias}),
              tolerance);
}

void use_channels_last(const Parameters& parameters) {
  for (const auto& [name, t] : parameters.list()) at::Tensor(t).set_data(with_channels_last(t));
}

Tensors leaves_of(const Parameters& parameters) {
  Tensors leaves;
  for (const auto& [name, t] : parameters.list()) leaves.push_back(t);
  return leaves;
}

// Group normalizations: weights of one axis, but for those of layer normalizations.
int64_t norms_in(const Parameters& parameters) {
  const auto& all = parameters.list();
  return std::count_if(all.begin(), all.end(), [](const auto& p) {
    return p.second.dim() == 1 && p.first.ends_with(".weight") &&
           p.first.find("transformer_blocks") == std::string::npos;
  });
}

}  // namespace

CATCH_TEST_CASE("The kernel of group normalization gives PyTorch's numbers and gradients", "[nn]") {
  const bool silu = GENERATE(false, true);
  // A pack of 8 channels in two groups; groups that begin within a pack; more channels than
  // threads; more places than a slab; one place a row.
  for (const auto& c : std::vector<Case>{{{2, 16, 5, 7}, 4},
                                         {{3, 80, 3, 2}, 8},
                                         {{1, 2624, 2, 3}, 32},
                                         {{2, 8, 64, 40}, 2},
                                         {{3, 24, 1, 5}, 1},
                                         {{70, 16, 2, 2}, 16}}) {
    check_norm(c, silu, at::kFloat, 5e-6);
    check_norm(c, silu, at::kBFloat16, 8e-3);
  }
}

CATCH_TEST_CASE("The kernel keeps its digits where the mean is far from 0", "[nn]") {
  check_norm({{2, 16, 20, 20}, 4, 1, 3000}, false, at::kFloat,
             2e-3);  // x itself has four digits left of its deviation
  GroupNorm norm{at::ones({16}), at::zeros({16}), 4, 1e-5};
  const at::NoGradGuard no_grad;
  CATCH_CHECK(
      forward(norm, at::full({1, 16, 4, 4}, 1e6f).contiguous(kLast)).abs().max().item<float>() ==
      0);
}

CATCH_TEST_CASE("What the kernel does not take goes another way to the same result", "[nn]") {
  check_norm({{2, 12, 3, 5}, 4}, true, at::kFloat, 5e-6);
}

CATCH_TEST_CASE("What is no number stays in its sample and group", "[nn]") {
  const at::NoGradGuard no_grad;
  at::Tensor x = at::randn({2, 16, 3, 3}).contiguous(kLast);
  x[1][5][2][0] = std::nan("");
  const at::Tensor bad = norm_silu({at::ones({16}), at::zeros({16}), 4, 1e-5}, x).isnan();
  CATCH_CHECK(bad[1].narrow(0, 4, 4).all().item<bool>());
  CATCH_CHECK(bad.sum().item<int64_t>() == 4 * 9);
}

CATCH_TEST_CASE("The kernel of the gate gives PyTorch's numbers and gradients", "[nn]") {
  for (const int64_t width : {8, 40, 5}) {
    const at::Tensor x = 3 * at::randn({7, 2 * width}), x64 = x.to(at::kDouble);
    check_close(
        with_gradients([&] { return geglu(x); }, {x}),
        with_gradients(
            [&] { return x64.narrow(1, 0, width) * at::gelu(x64.narrow(1, width, width)); }, {x64}),
        1e-6);
  }
}

CATCH_TEST_CASE(
    "The UNet in channels last gives the same numbers and gradients, and no layer leaves that "
    "layout",
    "[nn]") {
  Parameters parameters = Parameters::fresh(7, at::kCPU);
  auto config = test::two_level_unet(true);
  const UNet3D unet = make_unet3d(parameters, config);
  at::manual_seed(11);
  for (const auto& [name, t] : parameters.list()) {
    if (name.find(".conv4.3.") != std::string::npos)
      at::Tensor(t).copy_(at::randn_like(t) * 0.2);  // 0 at first
  }
  const at::Tensor sample = at::randn({2, 3, 4, 8, 6}),
                   text = at::randn({2, 5, config.cross_attention_dim}),
                   time = at::tensor({3, 700}, at::kLong);
  const auto run = [&] { return forward(unet, sample, time, text); };
  const auto before = group_norms_made();
  const auto expected = with_gradients(run, leaves_of(parameters));
  CATCH_CHECK(group_norms_made() == before);
  use_channels_last(parameters);
  check_close(with_gradients(run, leaves_of(parameters)), expected, 1e-4);
  CATCH_CHECK(group_norms_made() - before == norms_in(parameters));
  const at::NoGradGuard no_grad;
  CATCH_CHECK(relative_error(run(), expected[0]) < 1e-5);
}

CATCH_TEST_CASE("The autoencoder in channels last gives the same pictures and latents", "[nn]") {
  const at::NoGradGuard no_grad;
  Parameters parameters = Parameters::fresh(8, at::kCPU);
  AutoencoderKLConfig config;
  config.block_out_channels = {16, 24};
  config.norm_num_groups = 4;
  const auto vae = make_autoencoder_kl(parameters, config);
  const at::Tensor latents = at::randn({2, config.latent_channels, 5, 3}),
                   pictures = at::rand({2, config.in_channels, 10, 6});
  const Tensors expected = {decode(vae, latents), encode_moments(vae, pictures)};
  use_channels_last(parameters);
  const auto before = group_norms_made();
  check_close({decode(vae, latents), encode_moments(vae, pictures)}, expected, 1e-5);
  CATCH_CHECK(group_norms_made() - before == norms_in(parameters));
}

CATCH_TEST_CASE("Weights are in channels last where kernels compute in half precision", "[nn]") {
  const at::Tensor kernel = at::randn({4, 6, 3, 3}), over_frames = at::randn({4, 6, 3, 1, 1});
  CATCH_CHECK(wants_channels_last(kernel.to(at::kBFloat16)));
  CATCH_CHECK_FALSE(wants_channels_last(kernel));
  CATCH_CHECK(with_channels_last(kernel).is_contiguous(kLast));
  CATCH_CHECK(with_channels_last(over_frames).squeeze(-1).is_contiguous(kLast));
  CATCH_CHECK(at::equal(with_channels_last(over_frames), over_frames));
}

}  // namespace svg::nn
