// Writes a UNet of ours, for test/golden/unet3d_parity.py to load into diffusers.
//   unet3d_save CONFIG.json INPUTS.safetensors DIR
// makes fresh weights for the config, writes DIR/config.json and DIR/diffusion_pytorch_model.safetensors, and our output for
// INPUTS (sample, timestep, text) as DIR/output.safetensors.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "libcore/model/unet3d.h"
#include "libcore/tensor/parameters.h"
#include "test/support/golden.h"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: unet3d_save CONFIG.json INPUTS.safetensors DIR\n", stderr);
    return 64;
  }
  const std::string dir = argv[3];
  const auto config = svg::unet3d_config_from(svg::test::read_json(argv[1]), argv[1]);
  auto parameters = svg::Parameters::fresh(5);
  const svg::UNet3D unet = svg::make_unet3d(parameters, config);
  const auto inputs = svg::test::read_tensors(argv[2]);
  const at::NoGradGuard no_grad;
  const at::Tensor output = svg::forward(unet, inputs.at("sample"), inputs.at("timestep"), inputs.at("text"));
  std::ofstream(dir + "/config.json") << svg::to_json(config).dump(2) << "\n";
  svg::save_tensors(dir + "/diffusion_pytorch_model.safetensors", parameters.list(), at::kFloat, {{"format", "pt"}});
  svg::save_tensors(dir + "/output.safetensors", {{"output", output}}, at::kFloat, {});
}
