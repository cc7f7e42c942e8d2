// Our half of a row of test/bench/cost.sh; its twin is cost_cell.py. A process of its own, so that
// its peak memory is that row's alone.
//   cost_cell FOLDER FORM STEPS THREADS
// FOLDER holds what bench_model writes, and draws.safetensors: a noise and a timestep for each
// step. FORM is a form of fast learning in FOLDER/settings.json, or "none"; 0 STEPS: instead of
// learning, the loss on held-out draws is measured before and after, as svg-generate does. "ready"
// is printed; then each line of standard input is answered by a chunk: sampled, with the memory
// merged first, and learned:
//   <sampling seconds> <processor seconds> <learning seconds> <processor seconds>
// The first chunk, the losses and what was learned from it are left in
// FOLDER/cost-FORM-STEPS.safetensors.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/diffusion/chunk_generator.h"
#include "libcore/fast/fast_learning.h"
#include "libcore/model/pipeline.h"
#include "libcore/tensor/runtime.h"

namespace {

using svg::NamedTensors;
using svg::fast::FastSettings;
using svg::fast::TempLora;

std::map<std::string, at::Tensor> load(const std::string& path) {
  const svg::formats::SafetensorsFile file(path);
  std::map<std::string, at::Tensor> tensors;
  for (const auto& view : file.view().tensors) tensors[view.name] = svg::tensor_of(view);
  return tensors;
}

class Cell {
 public:
  Cell(const std::string& folder, const std::string& form, int64_t steps)
      : files_(folder),
        parameters_(svg::parameters_of(files_, "unet", at::kFloat, at::kCPU)),
        unet_(svg::make_unet3d(parameters_, svg::unet3d_config_from(files_.config("unet"),
                                                                    files_.config_path("unet")))),
        schedule_(svg::make_noise_schedule(
            svg::scheduler_config(files_.config("scheduler"), files_.config_path("scheduler")))),
        in_(load(folder + "/inputs.safetensors")),
        draws_(load(folder + "/draws.safetensors")) {
    parameters_.finish();
    const auto where = folder + "/settings.json";
    const auto settings = svg::parse_json(svg::read_file(where), where);
    past_ = settings.at("past").get<int64_t>();
    sampling_.steps = settings.at("steps").get<int64_t>();
    if (form == "none") return;
    form_ = svg::fast::fast_settings_from(settings.at("learn").at(form), {}, where);
    form_.steps = steps;
    memory_ = std::make_unique<TempLora>(parameters_, form_.targets, form_.rank, form_.scale(),
                                         std::vector<std::string>{"bench"});
    memory_->load(0, load(folder + "/" + form + ".lora.safetensors"));
  }

  at::Tensor sample() {
    const at::NoGradGuard no_grad;
    if (memory_) {
      memory_->merge();
      memory_->use_merged();
    }
    const auto& noise = in_.at("noise");
    const auto chunk =
        svg::generate_chunk(unet_, schedule_, sampling_, in_.at("past"), in_.at("text"),
                            in_.at("empty_text"), noise.narrow(1, past_, noise.size(1) - past_));
    if (memory_) memory_->use_base();
    return chunk;
  }

  // The losses of the steps, and the memory after them.
  NamedTensors learn() {
    if (!memory_) return {};
    const svg::fast::FastContext context{unet_, schedule_, in_.at("empty_text"),
                                         0,     {"bench"}, past_};
    if (form_.steps == 0) {
      measure(context);
      return {};
    }
    memory_->use_side_path();
    const auto text = form_.with_text() ? in_.at("text") : in_.at("empty_text").unsqueeze(0);
    const svg::fast::FastWindow window{at::cat({in_.at("past"), in_.at("future")}, 1), past_, text};
    const int64_t clean = form_.objective == svg::fast::Objective::InputOutput ? past_ : 0;
    const auto noise = draws_.at("noise").slice(2, clean);
    std::vector<at::Tensor> losses;
    for (int64_t k = 0; k < form_.steps; ++k) {
      losses.push_back(svg::fast::fast_step(context, form_, form_.lr, *memory_, window,
                                            {noise[k], draws_.at("timesteps").narrow(0, k, 1)}));
    }
    memory_->use_base();
    NamedTensors result = {{"loss", at::cat(losses)}};
    for (const auto& [name, t] : memory_->parameters().named)
      result.emplace_back(name, t.detach()[0]);
    return result;
  }

 private:
  // What fast learning does before its steps and after them: learning of no step does it once.
  void measure(const svg::fast::FastContext& context) {
    const auto text = in_.at("text")[0], empty = in_.at("empty_text");
    svg::fast::EpisodeHistory history;
    history.latents = at::cat({in_.at("past"), in_.at("future")}, 1);
    history.chunks = {{0, past_, {text}, {empty}},
                      {past_, history.latents.size(1) - past_, {text}, {empty}}};
    history.learnable = 1;
    for (const char* when : {"before", "after"}) {
      const auto report = svg::fast::fast_learn(context, form_, *memory_, history);
      svg::require(report.loss_after.size() == 1, svg::ErrorKind::Internal, "no loss was measured ",
                   when, " learning");
    }
  }

  svg::ModelDirectory files_;
  svg::Parameters parameters_;
  svg::UNet3D unet_;
  svg::NoiseSchedule schedule_;
  std::map<std::string, at::Tensor> in_, draws_;
  svg::SamplingOptions sampling_;
  int64_t past_ = 0;
  FastSettings form_;
  std::unique_ptr<TempLora> memory_;
};

struct Moment {
  std::chrono::steady_clock::time_point wall = std::chrono::steady_clock::now();
  std::clock_t cpu = std::clock();
};

void print_seconds(const Moment& from, const Moment& to, const char* end) {
  const std::chrono::duration<double> wall = to.wall - from.wall;
  std::printf("%.9f %.9f%s", wall.count(), static_cast<double>(to.cpu - from.cpu) / CLOCKS_PER_SEC,
              end);
}

void serve(Cell& cell, const std::string& result) {
  std::puts("ready");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    const Moment start;
    const auto chunk = cell.sample();
    const Moment sampled;
    auto learned = cell.learn();
    const Moment end;
    if (!std::filesystem::exists(result)) {
      learned.emplace_back("chunk", chunk);
      svg::save_tensors(result, learned, at::kFloat, {});
    }
    print_seconds(start, sampled, " ");
    print_seconds(sampled, end, "\n");
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: cost_cell FOLDER FORM STEPS THREADS < lines\n", stderr);
    return 64;
  }
  try {
    svg::Context context;
    context.threads = std::stoi(argv[4]);
    svg::apply_runtime(context);
    const std::string folder = argv[1], form = argv[2], steps = argv[3];
    Cell cell(folder, form, std::stoll(steps));
    serve(cell, folder + "/cost-" + form + "-" + steps + ".safetensors");
  } catch (const svg::Error& e) {
    std::fprintf(stderr, "cost_cell: %s\n", e.what());
    return e.exit_code();
  }
}
