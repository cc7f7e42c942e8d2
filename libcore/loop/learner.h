// What the fast phase needs of E episodes that learn in step: a model with memories beside it.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libcore/episode/action_source.h"
#include "libcore/fast/fast_learning.h"
#include "libcore/fast/temp_lora.h"

namespace svg::loop {

class Learner {
 public:
  virtual ~Learner() = default;
  // Frames that come next, latents [E, F, C, h, w], and what was done in them.
  virtual void append(const at::Tensor& latents, const std::vector<episode::Action>&) = 0;
  // Fast learning on the last of them and what stands before it.
  virtual fast::FastReport learn() = 0;
  virtual fast::TempLora& memory() = 0;
  virtual at::Device device() const = 0;
};

// A learner with fresh memories for episodes of these names, which are keys of random draws.
using MakeLearner = std::function<std::unique_ptr<Learner>(std::vector<std::string> names)>;

}  // namespace svg::loop
