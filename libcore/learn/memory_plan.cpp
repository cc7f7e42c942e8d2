#include "libcore/learn/memory_plan.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "formats/base/error.h"
#include "formats/base/text_table.h"
#include "libcore/diffusion/masked_denoiser.h"
#include "libcore/learn/block_quantization.h"
#include "libcore/learn/episode_run.h"
#include "libcore/learn/fast_learning.h"
#include "libcore/learn/flat_parameters.h"
#include "libcore/learn/slow_trainer.h"
#include "libcore/model/clip_text.h"
#include "libcore/tensor/gpu.h"
#include "libcore/tensor/memory_simulation.h"
#include "libcore/tensor/runtime.h"

namespace svg::learn {

namespace {

// What a process takes before its first tensor: on a CPU the program and its libraries, as measured; on a GPU the context, the kernels and the
// libraries' own workspaces, rounded up.
constexpr int64_t kCpuProgram = int64_t{160} << 20, kGpuProgram = int64_t{1} << 30;

// What allocators hold beside what is in use: with glibc a fifth of what comes and goes in a step, as measured (test/bench/README.md), and little
// where the heap is kept tight; on a GPU, whose allocator maps pages where they are needed, taken as a twentieth.
int64_t holes(int64_t activations, bool gpu, const std::string& checkpointing) { return activations / (gpu || checkpointing != "none" ? 20 : 5); }

at::Tensor numberless(at::IntArrayRef sizes, at::ScalarType dtype = at::kFloat) {
  return at::empty(sizes, at::TensorOptions().dtype(dtype).device(at::kMeta));
}

int64_t bytes_of(int64_t numbers, at::ScalarType dtype) { return numbers * static_cast<int64_t>(at::elementSize(dtype)); }

// The text encoder and the UNet of a directory, by shape.
struct Shapes {
  Shapes(const ModelDirectory& files, at::ScalarType unet_dtype, at::ScalarType text_dtype, nn::Checkpointing checkpointing)
      : parameters(Parameters::without_numbers(unet_dtype)), text_parameters(Parameters::without_numbers(text_dtype)) {
    unet = make_unet3d(parameters, unet3d_config_from(files.config("unet"), files.config_path("unet")));
    unet.checkpointing = checkpointing;
    clip = make_clip_text(text_parameters, clip_text_config(files.config("text_encoder"), files.config_path("text_encoder")));
    schedule = make_noise_schedule(scheduler_config(files.config("scheduler"), files.config_path("scheduler")));
  }
  // [n, L, D]
  at::Tensor text(int64_t n) const { return numberless({n, clip.config.max_position_embeddings, unet.config.cross_attention_dim}, unet.conv_in.weight.scalar_type()); }

  Parameters parameters, text_parameters;
  UNet3D unet;
  ClipText clip;
  NoiseSchedule schedule;
};

// This process may use no more than its container lets it.
int64_t machine_memory() {
  int64_t bytes = 0;
  std::ifstream info("/proc/meminfo");
  std::string name;
  for (int64_t kib = 0; info >> name >> kib; info.ignore(64, '\n')) {
    if (name == "MemTotal:") bytes = kib * 1024;
  }
  std::ifstream limit("/sys/fs/cgroup/memory.max");
  if (int64_t most = 0; limit >> most && most > 0) bytes = std::min(bytes, most);
  return bytes;
}

int64_t available_memory(const PlanFlags& flags, const std::string& device) {
  if (!flags.memory.empty()) return parse_bytes(flags.memory);
  const at::Device d(device);
  if (d.is_cpu()) return machine_memory();
  return cuda_plugin()->memory(d.has_index() ? d.index() : 0).total_bytes;
}

// Whether what is planned for is a GPU: the one of this run, or one of --plan-memory that need not be here.
bool on_gpu(const PlanFlags& flags, const Context& context) { return context.device != "cpu" || !flags.memory.empty(); }

std::string readable(int64_t bytes) {
  const bool small = bytes < int64_t{1} << 30;
  char text[32];
  std::snprintf(text, sizeof text, "%.*f %s", small ? 0 : 2, static_cast<double>(bytes) / static_cast<double>(small ? 1 << 20 : 1 << 30), small ? "MiB" : "GiB");
  return text;
}

// Latents of a frame, [C, h, w], from --plan-size or what the model says of itself.
std::vector<int64_t> frame_of(const ModelDirectory& files, const std::string& size) {
  const auto config = unet3d_config_from(files.config("unet"), files.config_path("unet"));
  const auto vae = autoencoder_kl_config(files.config("vae"), files.config_path("vae"));
  const int64_t factor = reduction_of(vae);
  int64_t width = 0, height = 0;
  if (!size.empty()) {
    char end = 0;
    long long w = 0, h = 0;
    require(std::sscanf(size.c_str(), "%lldx%lld%c", &w, &h, &end) == 2 && w >= factor && h >= factor, ErrorKind::Usage, "--plan-size \"", size,
            "\": expected WIDTHxHEIGHT in pixels, such as 256x256");
    width = w / factor;
    height = h / factor;
  } else if (const auto settings = files.defaults(); settings.contains("width") && settings.contains("height")) {
    width = settings["width"].get<int64_t>() / factor;
    height = settings["height"].get<int64_t>() / factor;
  } else if (!config.sample_size.empty()) {
    height = config.sample_size.front();
    width = config.sample_size.back();
  }
  require(width > 0 && height > 0, ErrorKind::Usage, files.path(), " does not say how large its frames are: give --plan-size WIDTHxHEIGHT");
  return {config.in_channels, height, width};
}

int print(const MemoryPlan& plan, bool as_json) {
  if (as_json) {
    ordered_json parts;
    for (const auto& [name, bytes] : plan.parts) parts[name] = bytes;
    const ordered_json doc = {{"device", plan.device}, {"setting", plan.setting}, {"bytes", parts}, {"total_bytes", plan.total()},
                              {"available_bytes", plan.available}, {"fits", plan.fits()}};
    std::cout << doc.dump() << "\n" << std::flush;
  } else {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, bytes] : plan.parts) rows.push_back({name, readable(bytes)});
    rows.push_back({"total", readable(plan.total())});
    rows.push_back({"available", readable(plan.available)});
    std::cout << text_table(rows) << (plan.fits() ? "fits\n" : "does not fit\n") << std::flush;
  }
  return plan.fits() ? 0 : 1;
}

}  // namespace

int64_t MemoryPlan::total() const {
  int64_t bytes = 0;
  for (const auto& part : parts) bytes += part.second;
  return bytes;
}

int64_t parse_bytes(const std::string& text) {
  double number = 0;
  char unit = 'B', end = 0;
  const int read = std::sscanf(text.c_str(), "%lf%c%c", &number, &unit, &end);
  const auto power = std::string("BKMGT").find(unit);
  require((read == 1 || read == 2) && number > 0 && power != std::string::npos, ErrorKind::Usage, "\"", text,
          "\" is no amount of memory: expected such as 80G or 512M");
  return static_cast<int64_t>(number * static_cast<double>(int64_t{1} << (10 * power)));
}

MemoryPlan plan_training(const PretrainOptions& o, at::IntArrayRef frame, const Context& context) {
  const ModelDirectory files(o.model);
  const auto compute = dtype_from(context.dtype);
  const auto mix = parse_past_mix(o.past);
  int64_t past = 0;
  for (const auto& [length, share] : mix) past = std::max(past, length);

  MemorySimulation memory;
  Shapes model(files, at::kFloat, o.train_text_encoder ? at::kFloat : compute, nn::checkpointing_from(o.checkpoint_activations));
  NamedTensors trained = model.parameters.list();
  if (o.train_text_encoder) trained.insert(trained.end(), model.text_parameters.list().begin(), model.text_parameters.list().end());
  auto flat = flatten(trained, compute, o.accumulate);
  const int64_t numbers = flat.values.numel(), resident = memory.live_bytes();
  memory.reset_peak();
  {
    const auto latents = [&](int64_t frames) { return numberless({o.batch, frames, frame[0], frame[1], frame[2]}); };
    // Token ids are looked at, so they are numbers.
    const auto text = o.train_text_encoder ? forward(model.clip, at::zeros({o.batch, model.clip.config.max_position_embeddings}, at::kLong))
                                           : model.text(o.batch);
    const auto loss = slow_loss(model.unet, model.schedule, latents(past), latents(o.future), text, numberless({o.batch}, at::kLong), latents(o.future));
    torch::autograd::backward({loss}, {});
  }
  const int64_t activations = memory.peak_bytes() - resident;

  const bool narrow = compute != at::kFloat, averaged = o.ema == "device" || (o.ema == "cpu" && !on_gpu(o.plan, context));
  const int64_t blocks = (numbers + kQuantizedBlock - 1) / kQuantizedBlock;
  MemoryPlan plan;
  plan.device = context.device;
  plan.setting = {{"frames", past + o.future}, {"latents", {frame[0], frame[1], frame[2]}}, {"batch", o.batch}, {"accumulate", o.accumulate}, {"dtype", context.dtype},
                  {"checkpoint_activations", o.checkpoint_activations}, {"adam_moments", o.adam_moments}, {"ema", o.ema}};
  plan.parts = {{"weights", bytes_of(numbers, compute)},
                {"masters", narrow ? bytes_of(numbers, at::kFloat) : 0},
                {"gradients", bytes_of(numbers, compute) + (flat.sum.defined() ? bytes_of(numbers, at::kFloat) : 0)},
                {"moments", o.adam_moments == "8bit" ? 2 * (numbers + bytes_of(blocks, at::kFloat)) : 2 * bytes_of(numbers, at::kFloat)},
                {"average", averaged ? bytes_of(numbers, at::kFloat) : 0},
                {"text encoder", o.train_text_encoder ? 0 : bytes_of(model.text_parameters.count(), compute)},
                {"activations", activations},
                {"allocator", holes(activations, on_gpu(o.plan, context), o.checkpoint_activations)},
                {"program", on_gpu(o.plan, context) ? kGpuProgram : kCpuProgram}};
  plan.available = available_memory(o.plan, context.device);
  return plan;
}

MemoryPlan plan_generation(const GenerateOptions& o, at::IntArrayRef frame, const Context& context) {
  const ModelDirectory files(o.model);
  const auto compute = dtype_from(context.dtype);
  const auto settings = run_settings_of(files, o.run);
  const auto& fast = settings.fast;
  const int64_t frames = settings.past + settings.future;

  MemorySimulation memory;
  Shapes model(files, compute, compute, nn::checkpointing_from(o.run.checkpoint_activations));
  const int64_t weights = memory.live_bytes();
  std::optional<TempLora> lora;
  if (!o.no_fast) lora.emplace(model.parameters.sites(), fast.targets, fast.rank, fast.scale(), std::vector<std::string>{"episode"});
  const int64_t resident = memory.live_bytes();
  const auto latents = [&](int64_t rows, int64_t n, at::ScalarType dtype) { return numberless({rows, n, frame[0], frame[1], frame[2]}, dtype); };
  // A forward pass on `rows` windows, without gradients.
  const auto forward_peak = [&](int64_t rows) {
    const at::NoGradGuard no_grad;
    memory.reset_peak();
    predict_future(model.unet, latents(rows, settings.past, compute), latents(rows, settings.future, compute), numberless({1}), model.text(rows));
    return memory.peak_bytes() - resident;
  };
  if (lora) lora->use_merged();
  const int64_t sampling = forward_peak(settings.sampling.guidance_scale != 1 ? 2 : 1);
  int64_t learning = 0;
  if (lora) {
    lora->use_side_path();
    if (fast.check > 0) learning = forward_peak(fast.check);
    memory.reset_peak();
    const int64_t past = fast.objective == "input-output" ? settings.past : 0;
    const FastContext c{model.unet, model.schedule, model.text(1)[0], 0, {"episode"}, settings.past};
    const FastWindow window{latents(1, frames, at::kFloat), past, model.text(1)};
    const FastDraws draws{latents(fast.batch, frames - past, at::kFloat), numberless({fast.batch}, at::kLong)};
    fast_step(c, fast, fast.lr, *lora, window, draws);
    learning = std::max(learning, memory.peak_bytes() - resident);
  }
  MemoryPlan plan;
  plan.device = context.device;
  plan.setting = {{"frames", frames}, {"latents", {frame[0], frame[1], frame[2]}}, {"dtype", context.dtype}, {"guidance_scale", settings.sampling.guidance_scale},
                  {"checkpoint_activations", o.run.checkpoint_activations}, {"rank", lora ? fast.rank : 0}, {"targets", fast.targets},
                  {"sampling_activations_bytes", sampling}, {"learning_activations_bytes", learning}};
  plan.parts = {{"weights", bytes_of(model.parameters.count(), compute)},
                {"text encoder", weights - bytes_of(model.parameters.count(), compute)},
                {"memory", resident - weights},
                {"activations", std::max(sampling, learning)},
                {"allocator", holes(std::max(sampling, learning), on_gpu(o.plan, context), o.run.checkpoint_activations)},
                {"program", on_gpu(o.plan, context) ? kGpuProgram : kCpuProgram}};
  plan.available = available_memory(o.plan, context.device);
  return plan;
}

void check_fits(const MemoryPlan& plan) {
  require(plan.fits(), ErrorKind::System, "would take ", readable(plan.total()), " on ", plan.device, ", which has ", readable(plan.available),
          ": see --plan; --checkpoint-activations, --adam-moments 8bit, --ema cpu and a smaller --batch with --accumulate take less");
}

int print_training_plan(const PretrainOptions& o, const Context& context) {
  require(o.component == "unet", ErrorKind::Usage, "--plan is for --component unet");
  return print(plan_training(o, frame_of(ModelDirectory(o.model), o.plan.size), context), o.plan.json);
}

MemoryPlan plan_generation(const GenerateOptions& o, const Context& context) {
  return plan_generation(o, frame_of(ModelDirectory(o.model), o.plan.size), context);
}

int print_generation_plan(const GenerateOptions& o, const Context& context) { return print(plan_generation(o, context), o.plan.json); }

}  // namespace svg::learn
