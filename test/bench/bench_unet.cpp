// Times the UNet for test/bench/bench_unet.py, which runs diffusers beside it and alternates the two.
//   bench_unet DIR INPUTS.safetensors
// DIR holds config.json and diffusion_pytorch_model.safetensors; INPUTS sample, timestep, text, target. Then each line of
// standard input, "forward" or "train" (forward and backward), is done once and answered by
// "<wall seconds> <processor seconds> <loss>".
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>

#include "formats/safetensors.h"
#include "libcore/model/unet3d.h"
#include "libcore/tensor/parameters.h"
#include "test/support/golden.h"

namespace {

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: bench_unet DIR INPUTS.safetensors\n", stderr);
    return 64;
  }
  const std::string dir = argv[1];
  const auto files = std::make_shared<svg::formats::WeightFiles>(dir, "diffusion_pytorch_model");
  auto parameters = svg::Parameters::from_files(files, at::kFloat, at::kCPU, dir);
  const auto config = svg::unet3d_config_from(svg::test::read_json(dir + "/config.json"), dir + "/config.json");
  const svg::UNet3D unet = svg::make_unet3d(parameters, config);
  parameters.finish();
  const auto inputs = svg::test::read_tensors(argv[2]);

  for (std::string command; std::getline(std::cin, command);) {
    const bool train = command == "train";
    for (const auto& [name, tensor] : parameters.list()) {
      tensor.mutable_grad() = at::Tensor();
      tensor.requires_grad_(train);
    }
    const at::AutoGradMode grad_mode(train);
    const double cpu = processor_seconds();
    const auto start = std::chrono::steady_clock::now();
    const at::Tensor output =
        svg::forward(unet, inputs.at("sample"), inputs.at("timestep"), inputs.at("text"));
    const at::Tensor loss = at::mse_loss(output, inputs.at("target"));
    if (train) loss.backward();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    std::printf("%.9f %.9f %.9g\n", wall.count(), processor_seconds() - cpu, loss.item<double>());
    std::fflush(stdout);
  }
}
