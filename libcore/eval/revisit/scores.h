// What the pictures of an episode that returns are worth: recall of textures, likeness to the first
// visit, whether they are pictures of the world at all (metrics.md 2.6 to 2.8).
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <string>

#include "libcore/eval/resnet18.h"
#include "libcore/eval/revisit/episode.h"
#include "libcore/eval/revisit/frame_features.h"

namespace svg::eval {

using Scores =
    std::map<std::string, double>;  // metric -> value of one episode; NaN where it has no query

struct ScoreContext {
  const ResNet18& resnet;
  at::Tensor columns;       // of true frames (column_bank.h)
  at::Tensor mean_feature;  // [512], of the true frames: the centre of src_c
};

// Frames `first`, `first` + 1 ... of an episode, as a row shows them.
struct Pictures {
  at::Tensor frames;  // u8 [G, H, W, 3]
  int64_t first = 0;
  std::shared_ptr<FrameFeatures> features = std::make_shared<FrameFeatures>();  // by frame number

  at::Tensor at(int64_t frame) const { return frames[frame - first]; }
  Pictures from(int64_t frame) const { return {frames.slice(0, frame - first), frame, features}; }
};

// The way back against the truth. `back` begins at RevisitSetup::turn.
void score_free(Scores&, const ScoreContext&, const RevisitEpisode&, const Pictures& back);

// The same of what is predicted from the true past, chunk by chunk: in one step, and by the whole
// sampler. Also what an opposite action would have shown.
void score_given_past(Scores&, const RevisitEpisode&, const Pictures& one_step,
                      const Pictures& sampled);

// Each return against what the same pictures showed the first time, true or not. `all` begins at
// frame 0.
//   recall_self_v1: the wall has the texture it had; self_psnr, self_ssim, self_src_c_rand: the
//   whole frame.
void score_self(Scores&, const ScoreContext&, const RevisitEpisode&, const Pictures& all);

}  // namespace svg::eval
