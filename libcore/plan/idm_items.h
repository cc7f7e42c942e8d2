// What the training of an inverse dynamics model draws from: steps of episodes with the frames
// around them, and pairs of frames.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "libcore/plan/idm.h"
#include "libcore/plan/idm_data.h"

namespace svg::plan {

struct IdmItems {
  at::Tensor windows;  // u8 [B, kWindow, H, W, 3]
  at::Tensor acts;     // f32 [B, V]
};

// Every step of every episode, with one kind of its pictures.
class Steps {
 public:
  Steps() = default;
  Steps(const std::vector<const IdmEpisode*>& episodes, at::Tensor IdmEpisode::*pictures);

  int64_t count() const { return windows_.defined() ? windows_.size(0) : 0; }
  IdmItems taken(const at::Tensor& rows) const;  // i64 [B], below count()
  const at::Tensor& frames() const { return frames_; }

 private:
  at::Tensor frames_;   // u8 [N, H, W, 3], of all episodes one behind the other
  at::Tensor windows_;  // i64 [S, kWindow], rows of frames_
  at::Tensor acts_;     // f32 [S, V]
};

// Pairs of frames of an episode, the first as recorded, the second as a plan would show it, and
// what leads from the one to the other: increments add up, and what says how something is from then
// on, as a grip that is closed, is as it is at the second. Such a field has few values, none below
// 0. Frames far apart show things elsewhere, as a plan does that did not come true: the model
// learns to look at what acts. Sums of a field of few values that are none of these (a view that
// was turned further than one step can) say nothing: then it is the next frame.
class Pairs {
 public:
  static constexpr int64_t kMostApart = 12;  // steps, the later frame first or last
  static constexpr int64_t kCandidates = 8;  // for the second of a far pair

  Pairs() = default;
  // `here`, `next`: the steps of these episodes, recorded and as a plan shows them; their frames
  // are shared.
  Pairs(const Steps& here, const Steps& next, const std::vector<const IdmEpisode*>& episodes,
        const std::vector<IdmField>& fields);

  int64_t count() const { return here_.size(0); }  // of first frames
  // `rows` i64 [B], below count(); `apart` i64 [B]: how many steps later the second is, within the
  // episode.
  IdmItems taken(const at::Tensor& rows, const at::Tensor& apart) const;
  // The second is the one of K of the same episode to which the least leads; `where` f32 [B, K], 0
  // to 1, from its first frame to its last.
  IdmItems taken_far(const at::Tensor& rows, const at::Tensor& where) const;

 private:
  at::Tensor second_of(const at::Tensor& rows, const at::Tensor& apart) const;
  at::Tensor between(const at::Tensor& rows, const at::Tensor& to) const;
  IdmItems items(const at::Tensor& rows, const at::Tensor& far) const;

  at::Tensor here_, next_;   // u8 [N, H, W, 3]
  at::Tensor acts_, ways_;   // f64 [N, V], ways_ the sums from the first frame on
  at::Tensor first_, last_;  // i64 [N] of the frame's episode
  at::Tensor increments_;    // bool [V]
  at::Tensor most_;          // f64 [V] largest amount of an increment of few values, else infinite
  at::Tensor scale_;         // f64 [V] 1 / largest amount of an increment, 0 of others
};

}  // namespace svg::plan
