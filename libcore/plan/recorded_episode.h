// An episode of an environment in a data set (formats/manifest.md): its frames, poses and actions
// in files of their own, and its line of episodes.jsonl. Torch-free.
#pragma once
#include <string>

#include "libcore/plan/acted.h"

namespace svg::plan {

struct RecordedEpisode {
  std::string id, split;
  std::string made_by;  // the tool: "svg-plan record"
  ordered_json seed;
  int chunk_frames = 0;
};

// frames-NNNNNN.rgb, act-NNNNNN.f32, and pose-NNNNNN.f32 where there are poses. Returns the line.
// Throws Error{CannotCreate, Io}.
ordered_json write_episode_files(const std::string& folder, size_t number,
                                 const world::EnvironmentFacts& facts,
                                 const RecordedEpisode& episode, const Acted& acted);

// Whose range the seed is in; "ood" where it is in none.
std::string split_of_seed(uint64_t geometry);

}  // namespace svg::plan
