// tiny_model DIR [SEED]: a model directory whose VAE halves pictures once and has fresh weights;
// for tests of executables.
#include <ATen/ATen.h>

#include <iostream>

#include "libcore/base/atomic_file.h"
#include "libcore/model/autoencoder_kl.h"
#include "libcore/tensor/parameters.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: tiny_model DIR [SEED]\n";
    return 64;
  }
  const std::string directory = argv[1];
  svg::AutoencoderKLConfig config;
  config.block_out_channels = {8, 16};
  config.norm_num_groups = 4;
  config.scaling_factor = 0.5;
  auto parameters = svg::Parameters::fresh(argc > 2 ? std::stoull(argv[2]) : 0, at::kCPU);
  svg::make_autoencoder_kl(parameters, config);
  parameters.finish();
  svg::make_directories(directory + "/vae");
  svg::write_file_atomically(directory + "/vae/config.json", svg::to_json(config).dump(2) + "\n");
  svg::save_tensors(directory + "/vae/diffusion_pytorch_model.safetensors", parameters.list(),
                    at::kFloat, {{"format", "pt"}});
  const svg::ordered_json index{{"_class_name", "TextToVideoSDPipeline"},
                                {"vae", {"diffusers", "AutoencoderKL"}}};
  svg::write_file_atomically(directory + "/model_index.json", index.dump(2) + "\n");
}
