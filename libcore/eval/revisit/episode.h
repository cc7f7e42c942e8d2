// The true side of a revisit evaluation: an episode that comes back to where it has been, with what
// it asks there. Where the embedded world that made it is at hand, also the questions that only its
// renderer can ask.
#pragma once
#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libcore/episode/action_source.h"
#include "libcore/eval/revisit/candidates.h"
#include "libcore/eval/revisit/frame_features.h"
#include "libcore/eval/revisit/viewpoint.h"
#include "libcore/world/episode.h"
#include "libcore/world/recall.h"
#include "libcore/world/visits.h"

namespace svg::eval {

// Which texture does a wall have? (metrics.md 2.7)
struct WorldQuestions {
  world::Episode episode;
  world::FaceCounts counts;
  std::vector<world::RecallQuery>
      memory;  // faces seen on the way out and in none of the context frames
  std::vector<world::RecallQuery> context;  // faces that the last context frame shows
  std::set<int> palette;                    // textures that the way out shows
  std::shared_ptr<Candidates> candidates;   // of the answers to them
};

struct RevisitEpisode {
  std::string id;
  int64_t chunk_frames = 0;
  at::Tensor frames;                                                            // u8 [n, H, W, 3]
  std::shared_ptr<FrameFeatures> features = std::make_shared<FrameFeatures>();  // of `frames`
  at::Tensor latents;  // f32 [n, C, h, w], scaled; undefined without an autoencoder
  std::vector<episode::Action> actions;  // one a chunk
  std::vector<Viewpoint> views;          // one a frame; empty where nobody recorded them
  PlaceRule places;                      // the units of the viewpoints
  std::vector<world::Visit> visits;      // returns on the way back to what the way out showed first
  std::optional<WorldQuestions> world;

  // Where these frames stand in the whole recording: it has `frames` of them, those before `first`
  // and behind the last chunk are left out, those before `given` are shown.
  struct Recording {
    int64_t frames = 0, first = 0, given = 0;
  } recording;
};

// How a script is cut: chunks in all, how many of them come before it turns back, and how many are
// given. What is neither given nor the way back is the model's own.
struct RevisitSetup {
  std::string script;
  int64_t chunks = 0, turn = 0, given = 0;
  bool own = false;       // the first chunk alone is given
  bool searched = false;  // not every episode of the script asks: those that do not are passed over
  bool operator==(const RevisitSetup&) const = default;
};
// `chunks` in all; 0: one return. Throws Error{Usage} for a script that has no setup, and for too
// few chunks.
RevisitSetup revisit_setup(const std::string& script, int64_t chunks = 0, bool own = false);
// "turn-around, out-and-back, ..."
std::string revisit_scripts();

// "turn-around/3"
std::string revisit_id(const RevisitSetup&, int64_t index);
// Episode `index` of a script in a split: a function of (seed, split, script, index) and of the
// setup alone. No latents. Throws Error{Usage} where the script is not to be had in this profile.
RevisitEpisode make_revisit_episode(const world::WorldConfig&, const RevisitSetup&,
                                    const std::string& split, uint64_t seed, int64_t index);
// The same from its seeds: what make_revisit_episode() found.
RevisitEpisode remake_revisit_episode(const world::WorldConfig&, const RevisitSetup&,
                                      const world::Seeds& seeds, const std::string& id);

// The frames that the opposite action would have shown in chunk `chunk`, u8 [F, H, W, 3]; undefined
// where there is none or it cannot be walked, or no world to walk in. Turns alone.
at::Tensor wrong_action_frames(const RevisitEpisode&, int64_t chunk);

}  // namespace svg::eval
