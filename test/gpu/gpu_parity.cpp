// gpu_parity MODEL DEVICE [THREADS]: the parts of a model directory on the CPU and on DEVICE, from
// the same numbers: text encoder, UNet, VAE, sampler, a step of fast learning, a step of slow
// learning. A JSON line each; status 1 where a difference is above its limit, 69 without GPU.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cstdlib>
#include <memory>

#include "libcore/diffusion/chunk_generator.h"
#include "libcore/episode/episode_run.h"
#include "libcore/model/pipeline.h"
#include "test/gpu/check.h"

namespace {

using namespace svg::gpu;

struct Limit {
  at::ScalarType dtype;
  const char* name;
  double one, many, gradient;  // of one pass, of a whole sampling, of gradients
};
// fp32 differs in the order of sums; bf16 has 8 bits.
const Limit kLimits[] = {{at::kFloat, "fp32", 1e-4, 1e-3, 1e-3},
                         {at::kBFloat16, "bf16", 3e-2, 2e-1, 1e-1}};

svg::NamedTensors run_parts(const std::string& model, at::Device device, at::ScalarType dtype) {
  svg::NamedTensors out;
  auto pipeline = svg::load_pipeline(model, dtype, device);
  const auto settings = svg::episode::run_settings_of(pipeline.files);
  const auto vae = svg::load_vae(pipeline.files, dtype, device);
  const int64_t h = 4, w = 8, channels = pipeline.unet.config.in_channels;
  const auto draw = [&](const char* name, at::IntArrayRef shape) {
    return drawn(name, shape).to(device);
  };
  const auto past = draw("past", {1, settings.past, channels, h, w}),
             future = draw("future", {1, settings.future, channels, h, w});
  const auto noise = draw("noise", {1, settings.past + settings.future, channels, h, w});
  const auto timestep = at::full({1}, 500, at::TensorOptions(at::kLong).device(device));

  at::Tensor text, empty;
  {
    const at::NoGradGuard no_grad;
    text = pipeline.embed("turn left").unsqueeze(0);
    empty = pipeline.embed("");
    out.emplace_back("text encoder", at::cat({text, empty.unsqueeze(0)}));
    const auto clip = at::cat({past, future}, 1);
    out.emplace_back("UNet", svg::forward(pipeline.unet, clip.to(dtype), timestep, text.to(dtype)));
    out.emplace_back("VAE decoding", svg::decode(vae, future[0].to(dtype)));
    out.emplace_back(
        "VAE encoding",
        svg::encode(vae, drawn("pixels", {2, 3, 8 * h, 8 * w}).to(device, dtype)).mean);
    auto sampling = settings.sampling;
    sampling.guidance_scale = 3;
    out.emplace_back("sampling",
                     svg::generate_chunk(pipeline.unet, pipeline.schedule, sampling, past, text,
                                         empty, noise.narrow(1, settings.past, settings.future)));
  }
  {
    auto form = settings.fast;
    svg::fast::TempLora memory(pipeline.unet_parameters, form.targets, form.rank, form.scale(),
                               {"gpu"});
    memory.reset(0);
    {
      const at::NoGradGuard no_grad;
      for (const auto& [name, t] : memory.parameters().named) {
        if (name.ends_with("lora_B.weight")) t.detach().copy_(drawn(name, t.sizes()).mul(0.01));
      }
      memory.merge();
      memory.use_merged();
      out.emplace_back("UNet with memory",
                       svg::forward(pipeline.unet, past.to(dtype), timestep, text.to(dtype)));
    }
    memory.use_side_path();
    const svg::fast::FastContext context{pipeline.unet, pipeline.schedule, empty, 0,
                                         {"gpu"},       settings.past};
    const int64_t clean = form.objective == svg::fast::Objective::InputOutput ? settings.past : 0;
    const svg::fast::FastWindow window{at::cat({past, future}, 1), settings.past,
                                       form.with_text() ? text : empty.unsqueeze(0)};
    const svg::fast::FastDraws draws{noise.narrow(1, clean, noise.size(1) - clean), timestep};
    out.emplace_back("fast step: loss",
                     svg::fast::fast_step(context, form, form.lr, memory, window, draws));
    out.emplace_back("fast step: gradient", memory.parameters().grads.clone());
  }
  std::vector<at::Tensor> gradients;
  for (const auto& [name, t] : pipeline.unet_parameters.list()) at::Tensor(t).requires_grad_(true);
  const auto predicted =
      svg::forward(pipeline.unet, at::cat({past, future}, 1).to(dtype), timestep, text.to(dtype));
  const auto loss = at::mse_loss(predicted.to(at::kFloat), noise);
  torch::autograd::backward({loss}, {});
  for (const auto& [name, t] : pipeline.unet_parameters.list()) {
    if (t.grad().defined()) gradients.push_back(t.grad().to(at::kFloat).flatten());
  }
  out.emplace_back("training step: loss", loss);
  out.emplace_back("training step: gradient", at::cat(gradients));
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fputs("usage: gpu_parity MODEL DEVICE [THREADS]\n", stderr);
    return 64;
  }
  bool good = true;
  try {
    const auto device = open_device(argv[2], argc == 4 ? std::stoi(argv[3]) : 1);
    at::globalContext().setAllowTF32CuDNN(false);  // fp32 is to mean fp32 here
    const auto expected = run_parts(argv[1], at::kCPU, at::kFloat);
    for (const auto& limit : kLimits) {
      const auto got = run_parts(argv[1], device, limit.dtype);
      for (size_t i = 0; i < got.size(); ++i) {
        const auto& name = got[i].first;
        const double most = name == "sampling"                           ? limit.many
                            : name.find("gradient") != std::string::npos ? limit.gradient
                                                                         : limit.one;
        good = report_error("parity", name, relative_error(got[i].second, expected[i].second), most,
                            {{"dtype", limit.name}}) &&
               good;
      }
    }
  } catch (const std::exception& error) {
    report("parity", {{"ok", false}, {"error", error.what()}});
    good = false;
  }
  std::quick_exit(good ? 0 : 1);
}
