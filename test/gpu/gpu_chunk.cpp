// gpu_chunk FOLDER DEVICE: a UNet of any size with made weights: parity with the CPU, seconds and
// memory of sampling a chunk, of merging a memory, of learning, of a training step. FOLDER holds
// config.json (the UNet's), scheduler_config.json and settings.json; it gets what the reference
// (reference.py) starts from and what it is compared with. A JSON line for each check; status 1
// where a check fails, 69 without GPU.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cstdlib>
#include <memory>

#include "libcore/base/json.h"
#include "libcore/diffusion/chunk_generator.h"
#include "libcore/episode/episode_run.h"
#include "libcore/model/noise_schedule.h"
#include "libcore/tensor/convolution_layout.h"
#include "libcore/tensor/gpu.h"
#include "libcore/tensor/parameters.h"
#include "libcore/tensor/runtime.h"
#include "libcore/tensor/stopwatch.h"
#include "test/gpu/check.h"

namespace {

using namespace svg::gpu;
using svg::fast::TempLora;

// What is kept of a forward pass for backward, and how the rows of the report say so.
const std::vector<std::pair<svg::nn::Checkpointing, std::string>> kModes = {
    {svg::nn::Checkpointing::None, ""},
    {svg::nn::Checkpointing::Blocks, ", checkpointing blocks"},
    {svg::nn::Checkpointing::All, ", checkpointing all"},
    {svg::nn::Checkpointing::Offload, ", offloading"}};

struct Settings {
  int64_t past, future, height, width, steps, tokens, parity_frames, train_frames, rank;
  int repeats, threads;
  double guidance;
  svg::Precision dtype;
  std::string targets;
  explicit Settings(const svg::json& d)
      : past(d.at("past")),
        future(d.at("future")),
        height(d.at("height")),
        width(d.at("width")),
        steps(d.at("steps")),
        tokens(d.at("tokens")),
        parity_frames(d.at("parity_frames")),
        train_frames(d.at("train_frames")),
        rank(d.at("rank")),
        repeats(d.at("repeats")),
        threads(d.at("threads")),
        guidance(d.at("guidance")),
        dtype(svg::enum_from<svg::Precision>(d.at("dtype"), "dtype")),
        targets(d.at("targets")) {}
};

class Check {
 public:
  Check(std::string folder, const std::string& device)
      : folder_(std::move(folder)),
        s_(read_json(folder_ + "/settings.json")),
        device_(open_device(device, s_.threads)),
        dtype_(svg::dtype_from(s_.dtype)),
        parameters_(svg::Parameters::fresh(0, at::kCPU)),
        schedule_(svg::make_noise_schedule(
            svg::scheduler_config(read_json(folder_ + "/scheduler_config.json"), folder_))) {
    svg::ordered_json row = {{"ok", true}, {"device", device_.str()}};
    if (device_.is_cuda()) {
      const auto* plugin = svg::cuda_plugin();
      row["name"] = plugin->device_name(device_.index());
      row["memory_bytes"] = plugin->memory(device_.index()).total_bytes;
    }
    report("device", row);
    const double sec = seconds_of(at::kCPU, [&] {
      unet_ = svg::make_unet3d(
          parameters_,
          svg::unet3d_config_from(read_json(folder_ + "/config.json"), folder_ + "/config.json"));
      // What a fresh model leaves out of its result, the last temporal convolutions, shall count.
      const at::NoGradGuard no_grad;
      for (const auto& [name, t] : parameters_.list()) {
        if (name.find(".conv4.3.weight") != std::string::npos)
          at::Tensor(t).copy_(drawn(name, t.sizes()).mul(0.01));
      }
    });
    report("weights", {{"ok", true}, {"numbers", parameters_.count()}, {"drawing_sec", sec}});
    const int64_t channels = unet_.config.in_channels, width = unet_.config.cross_attention_dim;
    past_ = drawn("past", {1, s_.past, channels, s_.height, s_.width});
    noise_ = drawn("noise", {1, s_.past + s_.future, channels, s_.height, s_.width});
    text_ = drawn("text", {1, s_.tokens, width});
    empty_ = drawn("empty text", {s_.tokens, width});
  }

  bool run() {
    parity();
    save();
    for (auto* t : {&past_, &noise_, &text_, &empty_}) *t = t->to(device_);
    std::vector<std::string> episode = {"gpu"};
    sampling(nullptr, "sampling, kernels chosen by trial", true);
    convolutions(Layout::Contiguous);
    sampling(nullptr, "sampling, channels first");
    convolutions(Layout::AsLoaded);
    sampling(nullptr, "sampling");
    {
      TempLora memory(parameters_, s_.targets, s_.rank, 1, episode);
      teach(memory);
      merging(memory, "merge");
      sampling(&memory, "sampling with memory");
      for (const auto& [mode, name] : kModes) learning(memory, mode, name);
    }
    {
      // Several episodes at a time: one merge for all of them.
      TempLora memory(parameters_, s_.targets, s_.rank, 1, {"a", "b", "c"});
      teach(memory);
      fits("merge of three", [&] { merging(memory, "merge of three"); });
    }
    training(svg::nn::Checkpointing::None, ", as loaded");
    convolutions(Layout::Contiguous);  // the trainer's: views into one buffer
    for (const auto& [mode, name] : kModes) training(mode, name);
    return good_;
  }

 private:
  at::Tensor predict(at::Device device, at::ScalarType dtype) const {
    const at::NoGradGuard no_grad;
    const auto x = noise_.narrow(1, 0, s_.parity_frames);
    return svg::forward(unet_, x.to(device, dtype),
                        at::full({1}, 500, at::TensorOptions(at::kLong).device(device)),
                        text_.to(device, dtype));
  }

  // One prediction on the CPU in fp32, and on the device; the model stays there, in the precision
  // of the rest.
  void parity() {
    at::Tensor expected;
    const double sec = seconds_of(at::kCPU, [&] { expected = predict(at::kCPU, at::kFloat); });
    at::globalContext().setAllowTF32CuDNN(false);
    if (device_.is_cuda()) {
      move_to(parameters_.list(), device_, at::kFloat);
      good_ = report_error("parity", "UNet at this size",
                           relative_error(predict(device_, at::kFloat), expected), 1e-4,
                           {{"dtype", "fp32"}, {"cpu_sec", sec}}) &&
              good_;
    }
    at::globalContext().setAllowTF32CuDNN(true);
    move_to(parameters_.list(), device_, dtype_);
    prediction_ = predict(device_, dtype_);
    good_ = report_error("parity", "UNet at this size", relative_error(prediction_, expected),
                         s_.dtype == svg::Precision::Fp32 ? 1e-4 : 5e-2,
                         {{"dtype", svg::name_of(s_.dtype)}, {"cpu_sec", sec}}) &&
            good_;
  }

  // For the reference: weights as computed with, inputs, and our results.
  void save() const {
    svg::save_tensors(folder_ + "/unet.safetensors", parameters_.list(), dtype_, {});
    svg::save_tensors(folder_ + "/inputs.safetensors",
                      {{"past", past_},
                       {"noise", noise_},
                       {"text", text_},
                       {"empty_text", empty_},
                       {"prediction", prediction_},
                       {"alphas_cumprod", schedule_.alphas_cumprod}},
                      at::kFloat, {});
  }

  // As after some learning: B is not zero.
  void teach(TempLora& memory) const {
    const at::NoGradGuard no_grad;
    memory.reset(0);
    for (const auto& [name, t] : memory.parameters().named) {
      if (name.ends_with("lora_B.weight")) t.detach().copy_(drawn(name, t.sizes()).mul(1e-3));
    }
  }

  // Results of convolutions come in the layout of the weights. As loaded: channels last on a GPU in
  // half precision.
  enum class Layout { AsLoaded, Contiguous };
  void convolutions(Layout layout) const {
    for (const auto& [name, t] : parameters_.list()) {
      const at::Tensor now = t.detach();
      at::Tensor(t).mutable_grad() = at::Tensor();  // has the layout that was
      at::Tensor(t).set_data(layout == Layout::AsLoaded && svg::wants_channels_last(now)
                                 ? svg::with_channels_last(now)
                                 : now.contiguous());
    }
  }

  // `trial`: cuDNN times its kernels for each shape and takes the fastest.
  void sampling(TempLora* memory, const std::string& name, bool trial = false) {
    const at::NoGradGuard no_grad;
    at::globalContext().setBenchmarkCuDNN(trial);
    at::globalContext().setAllowTF32CuDNN(
        !trial);  // nothing to bf16, but cuDNN's choices are remembered by it: those of the trial
                  // stay its own
    svg::SamplingOptions o{
        .sampler = svg::SamplerKind::Ddim, .steps = s_.steps, .guidance_scale = s_.guidance};
    at::Tensor chunk;
    if (memory != nullptr) {
      memory->merge();
      memory->use_merged();
    }
    const auto sample = [&] {
      chunk = svg::generate_chunk(unet_, schedule_, o, past_, text_, empty_,
                                  noise_.narrow(1, s_.past, s_.future));
    };
    o.steps = 2;
    sample();  // warm-up
    o.steps = s_.steps;
    svg::reset_peak_device_memory(device_);
    const double sec = seconds_of(device_, sample);
    if (memory != nullptr) memory->use_base();
    at::globalContext().setBenchmarkCuDNN(false);
    at::globalContext().setAllowTF32CuDNN(true);
    (memory != nullptr ? with_ : without_) = {sec, peak()};
    const bool finite = at::isfinite(chunk).all().item<bool>();
    good_ = good_ && finite;
    report(name, {{"ok", finite},
                  {"seconds", sec},
                  {"steps", s_.steps},
                  {"guidance", s_.guidance},
                  {"frames", s_.future},
                  {"past", s_.past},
                  {"latents", {s_.height, s_.width}},
                  {"dtype", svg::name_of(s_.dtype)},
                  {"peak_memory_bytes", peak()},
                  {"peak_reserved_bytes", reserved()}});
  }

  // Every merged weight beside W + s B A in fp32, rounded once; and, with one episode, the base as
  // it was when that is over.
  void merging(TempLora& memory, const std::string& name) {
    const at::NoGradGuard no_grad;
    std::map<std::string, at::Tensor> pairs, base, expected;
    for (const auto& [key, t] : memory.parameters().named) pairs[key] = t;
    for (const auto& site : parameters_.sites()) {
      const auto key = "base_model.model." + site.name;
      if (!pairs.count(key + ".lora_A.weight")) continue;
      base[site.name] = site.weight.clone();
      expected[site.name] =
          at::baddbmm(site.weight.to(at::kFloat).unsqueeze(0), pairs.at(key + ".lora_B.weight"),
                      pairs.at(key + ".lora_A.weight"))
              .to(dtype_);
    }
    memory.merge();
    memory.use_merged();
    svg::synchronize(device_);  // a fault of the kernel is named here
    double worst = 0;
    for (const auto& site : parameters_.sites()) {
      if (expected.count(site.name))
        worst = std::max(worst, relative_error(site.slot->merged, expected.at(site.name)));
    }
    memory.use_base();
    bool restored = true;
    for (const auto& site : parameters_.sites())
      restored = restored && (!base.count(site.name) || at::equal(site.weight, base.at(site.name)));
    const auto layers = static_cast<int64_t>(expected.size());
    base.clear();
    expected.clear();
    const double sec = median_seconds(device_, s_.repeats, [&] {
      memory.merge();
      memory.use_merged();
      memory.use_base();
    });
    good_ =
        report_error(
            name, "W + s B A of all layers", worst, s_.dtype == svg::Precision::Fp32 ? 1e-6 : 1e-3,
            {{"layers", layers}, {"episodes", memory.episode_count()}, {"seconds", sec}}) &&
        good_;
    good_ = good_ && restored;
    report(name + ", and back", {{"ok", restored}});
  }

  // One step with all that stands between two chunks: what was offloaded is fetched, and
  // offloaded again; weights are merged. The paper's form.
  void learning(TempLora& memory, svg::nn::Checkpointing mode, const std::string& name) {
    svg::fast::FastSettings form;  // the paper's
    form.rank = s_.rank;
    form.targets = s_.targets;
    const svg::fast::FastContext context{unet_, schedule_, empty_.to(dtype_), 0, {"gpu"}, s_.past};
    const auto clip = at::cat({past_, noise_.narrow(1, s_.past, s_.future)}, 1);
    const svg::fast::FastWindow window{clip, s_.past, empty_.unsqueeze(0)};
    const svg::fast::FastDraws draws{
        noise_, at::full({1}, 500, at::TensorOptions(at::kLong).device(device_))};
    unet_.checkpointing = mode;
    fits("fast step" + name, [&] {
      at::Tensor loss;
      const auto step = [&] {
        loss = svg::fast::fast_step(context, form, form.lr, memory, window, draws);
      };
      memory.use_side_path();
      svg::reset_peak_device_memory(device_);
      const double step_sec = median_seconds(device_, s_.repeats, step);
      const int64_t step_peak = peak(), step_reserved = reserved();
      const double sec = median_seconds(device_, s_.repeats, [&] {
        memory.use_side_path();
        step();
        memory.merge();
        memory.use_merged();
      });
      const bool finite = at::isfinite(loss).all().item<bool>();
      good_ = good_ && finite;
      report("fast step" + name, {{"ok", finite},
                                  {"seconds", step_sec},
                                  {"with_merging_sec", sec},
                                  {"rank", s_.rank},
                                  {"frames", s_.past + s_.future},
                                  {"peak_memory_bytes", step_peak},
                                  {"peak_reserved_bytes", step_reserved}});
      svg::ordered_json row = {{"ok", true},
                               {"seconds", with_.seconds + sec},
                               {"learning_share", sec / (with_.seconds + sec)},
                               {"more_seconds", (with_.seconds + sec) / without_.seconds - 1}};
      if (device_.is_cuda())
        row["more_memory"] = static_cast<double>(std::max(with_.peak, step_peak)) /
                                 static_cast<double>(without_.peak) -
                             1;
      report("chunk with one step of learning" + name, row);
    });
    memory.use_base();
    unet_.checkpointing = svg::nn::Checkpointing::None;
  }

  void training(svg::nn::Checkpointing mode, const std::string& name) {
    unet_.checkpointing = mode;
    for (const auto& [key, t] : parameters_.list()) at::Tensor(t).requires_grad_(true);
    fits("training step" + name, [&] {
      const auto x = noise_.narrow(1, 0, s_.train_frames).to(dtype_);
      const auto step = [&] {
        const auto out =
            svg::forward(unet_, x, at::full({1}, 500, at::TensorOptions(at::kLong).device(device_)),
                         text_.to(dtype_));
        torch::autograd::backward({at::mse_loss(out.to(at::kFloat), x.to(at::kFloat))}, {});
      };
      step();
      svg::reset_peak_device_memory(device_);
      const double sec = median_seconds(device_, s_.repeats, step);
      report("training step" + name,
             {{"ok", true},
              {"what", "forward and backward through all weights, batch 1, without the update"},
              {"seconds", sec},
              {"frames", s_.train_frames},
              {"peak_memory_bytes", peak()}});
    });
  }

  // From the driver, with what the allocator keeps between tensors.
  int64_t reserved() const {
    return device_.is_cuda() ? svg::cuda_plugin()->peak_reserved_bytes(device_.index()) : peak();
  }
  int64_t peak() const { return svg::peak_device_memory(device_).value_or(svg::peak_ram_bytes()); }

  struct Cost {
    double seconds = 0;
    int64_t peak = 0;
  };
  std::string folder_;
  Settings s_;
  at::Device device_;
  at::ScalarType dtype_;
  svg::Parameters parameters_;
  svg::NoiseSchedule schedule_;
  svg::UNet3D unet_;
  at::Tensor past_, noise_, text_, empty_, prediction_;
  Cost with_, without_;
  bool good_ = true;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: gpu_chunk FOLDER DEVICE\n", stderr);
    return 64;
  }
  bool good = false;
  try {
    good = Check(argv[1], argv[2]).run();
  } catch (const std::exception& error) {
    report("error", {{"ok", false}, {"error", error.what()}});
  }
  std::quick_exit(good ? 0 : 1);
}
