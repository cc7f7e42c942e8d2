// The true side of a revisit evaluation: an episode played in the world, encoded, with the
// questions that it asks.
#pragma once
#include <ATen/core/Tensor.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "libcore/episode/action_source.h"
#include "libcore/eval/revisit/candidates.h"
#include "libcore/model/autoencoder_kl.h"
#include "libcore/world/episode.h"
#include "libcore/world/recall.h"
#include "libcore/world/visits.h"

namespace svg::eval {

struct RevisitEpisode {
  world::Episode episode;
  at::Tensor frames;                     // u8 [n, H, W, 3]
  at::Tensor latents;                    // f32 [n, C, h, w], scaled
  std::vector<episode::Action> actions;  // one a chunk
  std::vector<world::RecallQuery>
      memory_queries;  // faces seen on the way out and in none of the context frames
  std::vector<world::RecallQuery> context_queries;  // faces that the last context frame shows
  std::set<int> palette;                            // textures that the way out shows
  std::shared_ptr<Candidates> candidates;           // of the answers to them
  std::vector<world::Visit> visits;  // returns on the way back to what the way out showed first
};

// How a script is cut: chunks in all, how many of them come before it turns back, and how many are
// given. What is neither given nor the way back is the model's own.
struct RevisitSetup {
  std::string script;
  int64_t chunks = 0, turn = 0, given = 0;
  bool own = false;       // the first chunk alone is given
  bool searched = false;  // not every episode of the script asks: those that do not are passed over
};
// `chunks` in all; 0: one return. Throws Error{Usage} for a script that has no setup, and for too
// few chunks.
RevisitSetup revisit_setup(const std::string& script, int64_t chunks = 0, bool own = false);
// "turn-around, out-and-back, ..."
std::string revisit_scripts();

// Episode `index` of a script in a split: a function of (seed, split, script, index) and of the
// setup alone. Throws Error{Usage} where the script is not to be had in this profile.
RevisitEpisode make_revisit_episode(const world::WorldConfig&, const RevisitSetup&,
                                    const std::string& split, uint64_t seed, int64_t index,
                                    const AutoencoderKL& vae);

// The frames that the opposite action would have shown in chunk `chunk`, u8 [F, H, W, 3]; undefined
// where there is none or it cannot be walked. Turns alone.
at::Tensor wrong_action_frames(const RevisitEpisode&, int64_t chunk);

}  // namespace svg::eval
