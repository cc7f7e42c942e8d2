// The embedded maze behind a manifest that svg-world wrote. Torch-free.
#pragma once
#include <optional>
#include <string>

#include "formats/data/manifest.h"
#include "libcore/eval/videos/video_set.h"
#include "libcore/world/episode.h"

namespace svg::eval {

// Of an episode that the maze made; nothing for any other. `where` is for messages. Throws
// Error{Config} where another version or other settings made it: it would be another walk.
std::optional<world::WorldConfig> maze_config_of(const formats::EpisodeRow& row,
                                                 const std::string& where);
world::Seeds seeds_of(const formats::EpisodeRow& row);

// The scene from the episode's seeds and the way from its poses; sentences and actions are not
// there. Nothing where the video is no episode of the maze. Throws what maze_config_of() and
// formats::read_rows() do.
std::optional<world::Episode> maze_episode_of(const VideoRef& video);

// How many frames of it are given, as a task of kind "revisit" says; 0 where none does.
int64_t given_frames(const VideoRef& video);

}  // namespace svg::eval
