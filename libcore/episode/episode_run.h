// E episodes in step, in memory: their history, their fast weights, and the two things that happen
// to them, a chunk generated and a chunk learned (SlowFast-VGen, Algorithm 1a). svg-generate runs
// one; svg-eval many. Rows do not influence each other.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libcore/diffusion/chunk_generator.h"
#include "libcore/episode/action_source.h"
#include "libcore/episode/run_settings.h"
#include "libcore/fast/fast_learning.h"
#include "libcore/model/pipeline.h"

namespace svg::episode {

// What the UNet keeps of a learning step, and the heap of what was freed, for the rest of the
// process.
void set_checkpointing(Pipeline&, nn::Checkpointing);

class EpisodeRun {
 public:
  // Runs that share a pipeline take turns: while one samples or learns with its memory, the UNet is
  // changed.
  EpisodeRun(Pipeline&, RunSettings, std::vector<std::string> episodes,
             fast::OffloadWhileSampling = fast::OffloadWhileSampling::OnGpu);

  // Appends frames that exist: latents [E, F, C, h, w], and each episode's action for them (empty
  // texts: none). `learnable` false: given frames, which fast learning passes over.
  void append(const at::Tensor& latents, const std::vector<Action>& actions, bool learnable);

  // The next chunk [E, future, C, h, w] f32 on the CPU, from the last `past` frames of the history;
  // it is not appended.
  //   noise [E, future, C, h, w]: instead of drawing it.
  at::Tensor generate(const std::vector<Action>& actions,
                      const std::optional<at::Tensor>& noise = std::nullopt,
                      const std::optional<at::Tensor>& step_noise = std::nullopt);

  // The one-step prediction of the next chunk (one_step_chunk) with the same past, actions and
  // noise.
  at::Tensor predict_one_step(const std::vector<Action>& actions);

  // Fast learning on the last appended chunk. `own`: the model made it.
  fast::FastReport learn(const std::optional<fast::GivenDraws>& draws = std::nullopt,
                         const fast::StepGate& gate = {}, bool own = false);

  // Forgets the frames after the first `chunks` chunks. The memory stays as it is.
  void rewind(int64_t chunks);
  // Gives each episode the memory of the one before it, the first that of the last: the control
  // that shows whose memory it is.
  void swap_memories();
  // Lets go of frames and texts that no later chunk and no later learning can see, so that memory
  // does not grow with the episode. latents() begins later then. Nothing goes where windows come
  // from everything so far.
  void forget_out_of_reach();

  int64_t chunk_count() const { return static_cast<int64_t>(history_.chunks.size()); }
  // nullptr without fast learning. What is changed through it counts from the next chunk on.
  fast::TempLora* memory() {
    merged_ = false;
    return memory_.get();
  }
  const RunSettings& settings() const { return settings_; }
  const at::Tensor& latents() const { return history_.latents; }

 private:
  // Runs `sample` with the merged weights (B = 0 gives the base exactly), and leaves the UNet as it
  // was: other runs may share it.
  at::Tensor with_memory(const std::function<at::Tensor()>& sample);
  at::Tensor past_frames() const;
  at::Tensor text_of(const std::vector<Action>& actions) const;
  at::Tensor noise_for(const std::vector<Action>& actions, const char* stage, int64_t draw) const;

  Pipeline& pipeline_;
  RunSettings settings_;
  std::vector<std::string> episodes_;
  fast::EpisodeHistory history_;
  std::unique_ptr<fast::TempLora> memory_;
  bool merged_ = false;
};

}  // namespace svg::episode
