// Episodes as files, whatever world they come from: many as shards, or one with everything beside
// it. The folder appears whole or not at all; its bytes do not depend on the number of threads.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "libcore/world/episode.h"

namespace svg::world {

struct DatasetReport {
  size_t episodes = 0, frames = 0;
};

// What is written of an episode.
struct EpisodeFiles {
  EpisodeFrames frames{};
  std::vector<float> pose{}, act{}, objects{};  // objects: empty where the world has none
  std::vector<float> depth{}, flow{};           // empty where nobody asked for them
  ordered_json faces{};                         // the face table
  std::function<ordered_json(const EpisodePlace&)> line{};
  std::vector<ordered_json> chunks{};
  ordered_json task{};                           // null: none
  std::vector<std::string> texts{}, inverses{};  // one a chunk; used by write_single() alone
};

struct ShardSettings {
  std::string folder;
  size_t episodes = 0;
  size_t episode_bytes = 0;  // of the frames of the longest
  int threads = 1;
  bool faces = false;  // also write the face ids and the face table of each episode
  bool force = false;  // replace an existing folder
  size_t shard_bytes = 0;
};

// `make` is called with 0..episodes-1, from several threads. `progress` is called now and then,
// from one thread at a time, with the number of finished episodes. Throws Error{CannotCreate, Io,
// Usage}, Error{Stopped} after a stop signal (nothing is left behind then).
DatasetReport write_shards(const ShardSettings& settings,
                           const std::function<EpisodeFiles(size_t)>& make,
                           const std::function<void(size_t)>& progress);

// One episode with everything: frames.rgb, pose.f32, act.f32, face.u16, faces.json, objects.f32,
// depth.f32, flow.f32,
// actions.txt (one sentence a chunk) and actions.jsonl ({"action", "action_inverse"} a chunk).
DatasetReport write_single(const std::string& folder, bool force, const EpisodeFiles& episode);

// "stem00012ending".
std::string numbered(const char* stem, size_t number, const char* ending, int digits = 5);

}  // namespace svg::world
