// One update of slow learning on a CPU: loss, backward, clipping, AdamW, average, as
// libcore/slow/train_loop.cpp makes them, on a fresh UNet and drawn latents.
//   train_update fp32|bf16 [WIDTHS [FRAMES [SIZE [BATCH [THREADS [TEXT]]]]]]
// WIDTHS are the UNet's block_out_channels ("64,128"), SIZE the height and width of the latents,
// TEXT the number of text tokens. Each line of standard input makes one update, answered by
// "<wall seconds> <processor seconds> <loss>"; test/bench/turns.py asks several such programs in
// turns.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "libcore/base/error.h"
#include "libcore/base/precision.h"
#include "libcore/optim/schedule.h"
#include "libcore/slow/slow_trainer.h"
#include "libcore/slow/training_state.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/heap.h"
#include "libcore/tensor/runtime.h"

namespace {

struct Sizes {
  std::vector<int64_t> widths = {64, 128};
  int64_t frames = 16, size = 8, batch = 8, tokens = 16;
};

svg::UNet3DConfig config_of(const Sizes& s) {
  svg::UNet3DConfig c;
  c.block_out_channels = s.widths;
  c.down_block_types.assign(s.widths.size(), "CrossAttnDownBlock3D");
  c.up_block_types.assign(s.widths.size(), "CrossAttnUpBlock3D");
  c.layers_per_block = 1;
  c.norm_num_groups = 8;
  c.cross_attention_dim = 32;
  c.attention_head_dim = 16;
  return c;
}

class Training {
 public:
  Training(const Sizes& s, at::ScalarType dtype)
      : s_(s),
        parameters_(svg::Parameters::fresh(0, at::kCPU)),
        unet_(svg::make_unet3d(parameters_, config_of(s))),
        schedule_(svg::make_noise_schedule({})) {
    parameters_.finish();
    flat_ = svg::optim::flatten(parameters_.list(), dtype);
    state_ = svg::slow::start_training(flat_);
  }

  // Half of the frames are the past.
  double update() {
    const auto draw = [&](const char* what, at::IntArrayRef shape) {
      return svg::draw_normal({0, "bench", state_.step, what, 0}, shape);
    };
    const int64_t past = s_.frames / 2, future = s_.frames - past,
                  channels = unet_.config.in_channels;
    svg::optim::clear_gradients(flat_);
    const auto loss = svg::slow::slow_loss(
        unet_, schedule_, draw("past", {s_.batch, past, channels, s_.size, s_.size}),
        draw("future", {s_.batch, future, channels, s_.size, s_.size}),
        draw("text", {s_.batch, s_.tokens, unet_.config.cross_attention_dim}),
        svg::draw_integers({0, "bench", state_.step, "timestep", 0}, 0, 1000, {s_.batch}),
        draw("noise", {s_.batch, future, channels, s_.size, s_.size}));
    torch::autograd::backward({loss}, {});
    svg::optim::clip_gradients(flat_, 1.0);
    svg::slow::update(state_, {}, 1e-4, flat_);
    svg::slow::average(state_, flat_, svg::optim::ema_decay_at(0.9999, state_.step));
    ++state_.step;
    return loss.item<double>();
  }

 private:
  Sizes s_;
  svg::Parameters parameters_;
  svg::UNet3D unet_;
  svg::NoiseSchedule schedule_;
  svg::optim::FlatParameters flat_;
  svg::slow::TrainingState state_;
};

std::vector<int64_t> numbers_of(const std::string& text) {
  std::vector<int64_t> numbers;
  std::stringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) numbers.push_back(std::stoll(part));
  return numbers;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 8) {
    std::fputs(
        "usage: train_update fp32|bf16 [WIDTHS [FRAMES [SIZE [BATCH [THREADS [TEXT]]]]]] < lines\n",
        stderr);
    return 64;
  }
  try {
    Sizes sizes;
    const auto given = [&](int i, int64_t otherwise) {
      return argc > i ? std::stoll(argv[i]) : otherwise;
    };
    if (argc > 2) sizes.widths = numbers_of(argv[2]);
    sizes.frames = given(3, sizes.frames);
    sizes.size = given(4, sizes.size);
    sizes.batch = given(5, sizes.batch);
    sizes.tokens = given(7, sizes.tokens);
    svg::Context context;
    context.threads = static_cast<int>(given(6, 1));
    svg::apply_runtime(context);
    svg::keep_heap_for_reuse();
    Training training(sizes, svg::dtype_from(svg::enum_from<svg::Precision>(argv[1], "dtype")));
    for (std::string line; std::getline(std::cin, line);) {
      const std::clock_t cpu = std::clock();
      const auto start = std::chrono::steady_clock::now();
      const double loss = training.update();
      const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
      std::printf("%.6f %.6f %.9g\n", wall.count(),
                  static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC, loss);
      std::fflush(stdout);
    }
  } catch (const svg::Error& e) {
    std::fprintf(stderr, "train_update: %s\n", e.what());
    return e.exit_code();
  }
}
