// Episodes on a tiny model: for tests of what generation and fast learning do to them.
#pragma once
#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "libcore/episode/episode_run.h"
#include "libcore/tensor/draws.h"
#include "test/support/temp_dir.h"
#include "test/support/tiny_run.h"

namespace svg::test {

using episode::Action;
using episode::RunSettings;

// Never destroyed: tensors must not outlive torch, and the process ends right after the tests.
inline Pipeline& pipeline() {
  static auto* const made = [] {
    const TempDir folder;
    return new Pipeline(load_pipeline(make_tiny_model(folder.path()), at::kFloat, at::kCPU));
  }();
  return *made;
}

inline RunSettings settings() {
  RunSettings s;
  s.past = 4;
  s.future = 4;
  s.sampling.steps = 2;
  s.sampling.guidance_scale = 1.5;
  s.fast.rank = 2;
  s.fast.steps = 2;
  s.fast.lr = 1e-2;
  s.fast.check = 4;
  s.seed = 5;
  return s;
}

// [E, F, C, h, w]: the start of each episode, the same however many run together.
inline at::Tensor first_frames(int64_t first, int64_t episodes, int64_t frames = 4) {
  std::vector<at::Tensor> rows;
  for (int64_t e = first; e < first + episodes; ++e)
    rows.push_back(draw_normal({1, cat("start", e), 0, "test", 0}, {frames, 4, 4, 8}));
  return at::stack(rows);
}

inline const std::vector<Action> kActions = {{"turn left", "turn right", std::nullopt},
                                             {"turn right", "turn left", 77},
                                             {"walk forward", "", std::nullopt}};

inline std::vector<Action> actions_of(int64_t first, int64_t episodes, int64_t step) {
  std::vector<Action> out;
  for (int64_t e = first; e < first + episodes; ++e)
    out.push_back(kActions[static_cast<size_t>((e + step) % 3)]);
  return out;
}

inline std::vector<std::string> names_of(int64_t first, int64_t episodes) {
  std::vector<std::string> names;
  for (int64_t e = first; e < first + episodes; ++e) names.push_back(cat("episode", e));
  return names;
}

}  // namespace svg::test
