// What an episode of a plan leaves in its folder (run.h): frames, poses and actions of the
// environment, the plan as a latent stream and as lines, and a video of both.
#pragma once
#include <string>
#include <vector>

#include "libcore/plan/planner.h"

namespace svg::plan {

// An episode that was planned and executed. What it points to belongs to the caller.
struct PlannedEpisode {
  const Actor& actor;
  const std::vector<episode::LatentChunk>& past;
  std::vector<const PlannedStep*> steps;  // a subgoal each
  const ordered_json& provenance;
  const LatentCodec& codec;
  int height = 0, width = 0;  // px of a frame
};

struct PlanFiles {
  std::string folder;
  size_t number = 0;  // of the episode
  std::string video;  // ending of the video's name; none: no video
};

// Writes all of it. Returns {"task", "line" of episodes.jsonl, "chunks", and "failure" where the
// environment failed}; without "line" and "chunks", and nothing is written, where that was before
// the past was shown. Throws Error{CannotCreate, Io}.
ordered_json write_planned_episode(const PlanFiles& files, const PlannedEpisode& episode);

}  // namespace svg::plan
