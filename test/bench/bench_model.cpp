// Our half of test/bench/run.sh: the work of the reference (bench_model.py), with its weights,
// inputs and threads.
//   bench_model MODEL FOLDER [THREADS [fp32|bf16]]
// MODEL is a model directory; where its UNet has no weights, fresh ones are drawn. What both halves
// start from is written to FOLDER: unet/, vae/, scheduler/, settings.json, inputs.safetensors and
// the adapters; "ready" is printed. Then each line of standard input that names a row is done once
// and answered by "<wall seconds> <processor seconds>"; the first result of a row is left in
// FOLDER/<row>.safetensors.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/precision.h"
#include "libcore/diffusion/chunk_generator.h"
#include "libcore/episode/episode_run.h"
#include "libcore/fast/adapter_bank.h"
#include "libcore/fast/fast_learning.h"
#include "libcore/model/pipeline.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/runtime.h"

namespace {

namespace fs = std::filesystem;
using svg::NamedTensors;
using svg::fast::FastSettings;
using svg::fast::TempLora;

constexpr int64_t kTrainBatch = 16;
constexpr double kGuidance = 7.5;
constexpr double kLearningRate = 1e-3;

// The two forms of fast learning that are timed: the one that carries a small model's memory, and
// the paper's.
std::map<std::string, FastSettings> forms() {
  FastSettings input_output, paper;
  input_output.objective = svg::fast::Objective::InputOutput;
  input_output.targets = "attention,ff,proj";
  input_output.weighting = svg::fast::Weighting::V;
  input_output.lr = paper.lr = kLearningRate;
  input_output.check = paper.check = 4;  // a row of its own
  return {{"learn", input_output}, {"learn-paper", paper}};
}

// Everything that a row reads, [B, ...]; what is random is drawn.
struct Inputs {
  at::Tensor past, future;      // [1, P, C, h, w], [1, F, C, h, w]
  at::Tensor noise;             // [1, P + F, C, h, w]
  at::Tensor text, empty_text;  // [1, L, D], [L, D]
  at::Tensor timestep;          // [1]
  at::Tensor train_sample, train_target, train_text, train_timestep;  // of kTrainBatch
};

Inputs draw_inputs(const svg::UNet3DConfig& c, int64_t past, int64_t future, int64_t tokens) {
  const auto& size = c.sample_size;
  const int64_t h = size.empty() ? 8 : size.front(), w = size.empty() ? 8 : size.back(),
                channels = c.in_channels;
  auto normal = [](const char* what, at::IntArrayRef shape) {
    return svg::draw_normal({0, "bench", 0, what, 0}, shape);
  };
  auto timesteps = [](const char* what, int64_t n) {
    return svg::draw_integers({0, "bench", 0, what, 0}, 800, 1000, {n});
  };
  const std::vector<int64_t> batch = {kTrainBatch, past + future, channels, h, w};
  return {normal("past", {1, past, channels, h, w}),
          normal("future", {1, future, channels, h, w}),
          normal("noise", {1, past + future, channels, h, w}),
          normal("text", {1, tokens, c.cross_attention_dim}),
          normal("empty text", {tokens, c.cross_attention_dim}),
          timesteps("timestep", 1),
          normal("train sample", batch),
          normal("train target", batch),
          normal("train text", {kTrainBatch, tokens, c.cross_attention_dim}),
          timesteps("train timestep", kTrainBatch)};
}

class Bench {
 public:
  Bench(const std::string& model, std::string folder, at::ScalarType dtype)
      : folder_(std::move(folder)),
        dtype_(dtype),
        files_(model),
        settings_(svg::episode::run_settings_of(files_)),
        parameters_(svg::parameters_of(files_, "unet", at::kFloat, at::kCPU, 0)),
        unet_(svg::make_unet3d(parameters_, svg::unet3d_config_from(files_.config("unet"),
                                                                    files_.config_path("unet")))),
        schedule_(svg::make_noise_schedule(
            svg::scheduler_config(files_.config("scheduler"), files_.config_path("scheduler")))),
        vae_parameters_(svg::parameters_of(files_, "vae", at::kFloat, at::kCPU, 0)),
        vae_(svg::make_autoencoder_kl(
            vae_parameters_,
            svg::autoencoder_kl_config(files_.config("vae"), files_.config_path("vae")))) {
    parameters_.finish();
    vae_parameters_.finish();
    // Here, because fresh weights are fp32.
    for (const auto* parameters : {&parameters_, &vae_parameters_}) {
      for (const auto& [name, tensor] : parameters->list()) tensor.set_data(tensor.to(dtype_));
    }
    const auto text = files_.config("text_encoder");
    inputs_ = draw_inputs(unet_.config, settings_.past, settings_.future,
                          text.value("max_position_embeddings", int64_t{77}));
    for (const auto& [name, form] : forms()) memories_[name] = make_memory(form);
    memories_["remembered"] = make_memory(forms().at("learn"));
    make_bank(forms().at("learn"));
    write_inputs();
  }

  NamedTensors run(const std::string& row) {
    if (row == "forward") return forward();
    if (row == "decode") return decode();
    if (row == "train") return train();
    if (row == "loop") return loop();
    if (row == "sample") return sample(1, nullptr);
    if (row == "guided") return sample(kGuidance, nullptr);
    if (row == "remembered") return sample(1, memories_.at(row).get());
    if (row == "learn" || row == "learn-paper") return learn(forms().at(row), *memories_.at(row));
    svg::fail(svg::ErrorKind::Usage, "unknown row \"", row, "\"");
  }

 private:
  // A memory that has learned something: B is not zero.
  std::unique_ptr<TempLora> make_memory(const FastSettings& form) {
    auto memory = std::make_unique<TempLora>(parameters_, form.targets, form.rank, form.scale(),
                                             std::vector<std::string>{"bench"});
    memory->reset(0);
    const at::NoGradGuard no_grad;
    for (const auto& [name, t] : memory->parameters().named) {
      if (name.ends_with("lora_B.weight"))
        t.detach().copy_(svg::draw_normal({0, "bench", 0, name, 0}, t.sizes()).mul(0.01));
    }
    return memory;
  }

  // A memory for each item of a batch.
  void make_bank(const FastSettings& form) {
    std::vector<std::string> items;
    for (int64_t i = 0; i < kTrainBatch; ++i) items.push_back("item " + std::to_string(i));
    bank_ = std::make_unique<svg::fast::AdapterBank>(parameters_, form.targets, form.rank,
                                                     form.scale(), items);
    const at::NoGradGuard no_grad;
    for (int64_t i = 0; i < kTrainBatch; ++i) bank_->reset(0, i);
    for (const auto& [name, t] : bank_->parameters().named) {
      if (name.ends_with("lora_B.weight"))
        t.detach().copy_(svg::draw_normal({0, "bench loop", 0, name, 0}, t.sizes()).mul(0.01));
    }
  }

  void write_inputs() const {
    svg::save_component(files_, folder_, "unet", svg::to_json(unet_.config), parameters_.list(),
                        at::kFloat);
    svg::save_component(files_, folder_, "vae", svg::to_json(vae_.config), vae_parameters_.list(),
                        at::kFloat);
    fs::copy_file(files_.path() + "/model_index.json", folder_ + "/model_index.json",
                  fs::copy_options::overwrite_existing);
    fs::create_directories(folder_ + "/scheduler");
    svg::write_file_atomically(folder_ + "/scheduler/scheduler_config.json",
                               svg::to_json(schedule_.config).dump());
    svg::ordered_json learning;
    for (const auto& [name, form] : forms()) {
      learning[name] = svg::fast::to_json(form);
      svg::save_tensors(folder_ + "/" + name + ".lora.safetensors", memories_.at(name)->delta(0),
                        at::kFloat, {});
    }
    for (int64_t i = 0; i < kTrainBatch; ++i)
      svg::save_tensors(folder_ + "/loop." + std::to_string(i) + ".safetensors", bank_->delta(i),
                        at::kFloat, {});
    const svg::ordered_json settings = {{"past", settings_.past},
                                        {"steps", settings_.sampling.steps},
                                        {"guidance", kGuidance},
                                        {"learn", learning}};
    svg::write_file_atomically(folder_ + "/settings.json", settings.dump(2));
    const auto& i = inputs_;
    NamedTensors tensors = {{"past", i.past},
                            {"future", i.future},
                            {"noise", i.noise},
                            {"text", i.text},
                            {"empty_text", i.empty_text},
                            {"train_sample", i.train_sample},
                            {"train_target", i.train_target},
                            {"train_text", i.train_text},
                            {"timestep", i.timestep.to(at::kFloat)},
                            {"train_timestep", i.train_timestep.to(at::kFloat)}};
    svg::save_tensors(folder_ + "/inputs.safetensors", tensors, at::kFloat, {});
  }

  NamedTensors forward() const {
    const at::NoGradGuard no_grad;
    return {{"output", svg::forward(unet_, at::cat({inputs_.past, inputs_.future}, 1).to(dtype_),
                                    inputs_.timestep, inputs_.text.to(dtype_))}};
  }

  // The frames of one chunk.
  NamedTensors decode() const {
    const at::NoGradGuard no_grad;
    return {{"pixels", svg::decode(vae_, inputs_.future[0].to(dtype_))}};
  }

  // Forward and backward through all parameters, as in slow learning.
  NamedTensors train() const {
    for (const auto& [name, tensor] : parameters_.list()) tensor.requires_grad_(true);
    const auto output = svg::forward(unet_, inputs_.train_sample.to(dtype_), inputs_.train_timestep,
                                     inputs_.train_text.to(dtype_));
    const auto loss = at::mse_loss(output.to(at::kFloat), inputs_.train_target);
    torch::autograd::backward({loss}, {});
    const auto gradient = unet_.conv_in.weight.grad();
    for (const auto& [name, tensor] : parameters_.list()) {
      tensor.requires_grad_(false);
      tensor.mutable_grad() = at::Tensor();
    }
    return {{"loss", loss.detach()}, {"gradient", gradient}};
  }

  // The same with a memory of its own beside each item: the slow phase of the loop.
  NamedTensors loop() const {
    bank_->use_frozen_side_path();
    auto result = train();
    bank_->use_base();
    return result;
  }

  // One chunk; with a memory, as the tool does after each learning: merged first.
  NamedTensors sample(double guidance, TempLora* memory) const {
    const at::NoGradGuard no_grad;
    auto sampling = settings_.sampling;
    sampling.sampler = svg::SamplerKind::Ddim;
    sampling.guidance_scale = guidance;
    if (memory != nullptr) {
      memory->merge();
      memory->use_merged();
    }
    const auto chunk = svg::generate_chunk(
        unet_, schedule_, sampling, inputs_.past, inputs_.text, inputs_.empty_text,
        inputs_.noise.narrow(1, settings_.past, settings_.future));
    if (memory != nullptr) memory->use_base();
    return {{"chunk", chunk}};
  }

  NamedTensors learn(const FastSettings& form, TempLora& memory) const {
    const svg::fast::FastContext context{unet_, schedule_, inputs_.empty_text,
                                         0,     {"bench"}, settings_.past};
    const auto text = form.with_text() ? inputs_.text : inputs_.empty_text.unsqueeze(0);
    const svg::fast::FastWindow window{at::cat({inputs_.past, inputs_.future}, 1), settings_.past,
                                       text};
    const int64_t clean = form.objective == svg::fast::Objective::InputOutput ? settings_.past : 0;
    const svg::fast::FastDraws draws{inputs_.noise.narrow(1, clean, inputs_.noise.size(1) - clean),
                                     inputs_.timestep};
    memory.use_side_path();
    const auto loss = svg::fast::fast_step(context, form, form.lr, memory, window, draws);
    memory.use_base();
    NamedTensors result = {{"loss", loss}};
    for (const auto& [name, t] : memory.parameters().named)
      result.emplace_back(name, t.detach()[0]);
    return result;
  }

  std::string folder_;
  at::ScalarType dtype_;
  svg::ModelDirectory files_;
  svg::episode::RunSettings settings_;
  svg::Parameters parameters_;
  svg::UNet3D unet_;
  svg::NoiseSchedule schedule_;
  svg::Parameters vae_parameters_;
  svg::AutoencoderKL vae_;
  Inputs inputs_;
  std::map<std::string, std::unique_ptr<TempLora>> memories_;
  std::unique_ptr<svg::fast::AdapterBank> bank_;
};

double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

void serve(Bench& bench, const std::string& folder) {
  std::puts("ready");
  std::fflush(stdout);
  for (std::string row; std::getline(std::cin, row);) {
    const double cpu = processor_seconds();
    const auto start = std::chrono::steady_clock::now();
    const auto result = bench.run(row);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    const double used = processor_seconds() - cpu;
    const auto file = folder + "/" + row + ".safetensors";
    if (!fs::exists(file)) {
      for (const auto& [name, t] : result) {
        svg::require(at::isfinite(t).all().item<bool>(), svg::ErrorKind::Internal, row, ": ", name,
                     " is not finite");
      }
      svg::save_tensors(file, result, at::kFloat, {});
    }
    std::printf("%.9f %.9f\n", wall.count(), used);
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 5) {
    std::fputs("usage: bench_model MODEL FOLDER [THREADS [fp32|bf16]] < rows\n", stderr);
    return 64;
  }
  try {
    svg::Context context;
    context.threads = argc > 3 ? std::stoi(argv[3]) : 1;
    svg::apply_runtime(context);
    const auto precision =
        argc > 4 ? svg::enum_from<svg::Precision>(argv[4], "dtype") : svg::Precision::Fp32;
    Bench bench(argv[1], argv[2], svg::dtype_from(precision));
    serve(bench, argv[2]);
  } catch (const svg::Error& e) {
    std::fprintf(stderr, "bench_model: %s\n", e.what());
    return e.exit_code();
  }
}
