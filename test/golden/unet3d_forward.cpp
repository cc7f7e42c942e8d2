// One prediction of a model directory's UNet, for parity scripts (modelscope_full.py).
//   unet3d_forward MODEL INPUTS.safetensors OUTPUT.safetensors [fp32|bf16|fp16] [THREADS]
// INPUTS holds sample [B, F, C, h, w], timestep [B] and text [B, L, D]; OUTPUT gets "output" in
// fp32. Prints the seconds of loading and of the prediction.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "libcore/model/pipeline.h"
#include "libcore/tensor/runtime.h"
#include "test/support/golden.h"

namespace {

double seconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs(
        "usage: unet3d_forward MODEL INPUTS.safetensors OUTPUT.safetensors [DTYPE] [THREADS]\n",
        stderr);
    return 64;
  }
  const auto dtype =
      svg::dtype_from(svg::enum_from<svg::Precision>(argc > 4 ? argv[4] : "fp32", "dtype"));
  at::set_num_threads(argc > 5 ? std::stoi(argv[5]) : 1);
  const at::NoGradGuard no_grad;
  const svg::ModelDirectory model(argv[1]);
  const auto inputs = svg::test::read_tensors(argv[2]);
  auto parameters = svg::parameters_of(model, "unet", dtype, at::kCPU);
  svg::UNet3D unet;
  const double loading = seconds_of([&] {
    unet = svg::make_unet3d(
        parameters, svg::unet3d_config_from(model.config("unet"), model.config_path("unet")));
    parameters.finish();
  });
  at::Tensor output;
  const double predicting = seconds_of([&] {
    output = svg::forward(unet, inputs.at("sample").to(dtype), inputs.at("timestep"),
                          inputs.at("text").to(dtype));
  });
  svg::save_tensors(argv[3], {{"output", output}}, at::kFloat, {});
  std::printf("%.3f %.3f\n", loading, predicting);
}
