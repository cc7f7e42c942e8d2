// An episode = scene + route, played: poses, frames, face ids, sentences, and its lines in the
// manifest.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "libcore/base/json.h"
#include "libcore/world/route.h"
#include "libcore/world/scene.h"

namespace svg::world {

struct Seeds {
  uint64_t geometry = 0, appearance = 0, path = 0;
};

struct Episode {
  std::string id, split;
  Seeds seeds;
  Scene scene;
  Route route;
  std::vector<std::string> texts, inverses;  // one a chunk
  std::vector<Pose> poses;                   // one a frame

  int frame_count() const { return static_cast<int>(poses.size()); }
};

struct EpisodeFrames {
  std::vector<uint8_t> rgb;    // [n, H, W, 3]
  std::vector<uint16_t> face;  // [n, H, W]
};

// `script`: a name of script.h; `chunks` in all. Throws Error{Usage} where the script has no
// meaning there.
Episode make_episode(const WorldConfig& config, const std::string& script, const Seeds& seeds,
                     int chunks, Sentences sentences, const std::string& id);
EpisodeFrames render_episode(const Episode& episode);

// f32 [n, 5] of x, y, z (cells), yaw, pitch (degrees); f32 [n, 3] of the increment that led INTO
// each frame: turn (degrees), fwd, side (cells, left positive), zeros for frame 0.
inline constexpr const char* kPoseFields[] = {"x", "y", "z", "yaw", "pitch"};
inline constexpr const char* kActFields[] = {"turn", "fwd", "side"};
std::vector<float> pose_rows(const Episode& episode);
std::vector<float> act_rows(const Episode& episode);

// Ground truth of each frame (flow.h): f32 [n, H, W], and f32 [n, 2, H, W], where the last frame
// has no next one and so NaN.
std::vector<float> depth_planes(const Episode& episode);
std::vector<float> flow_planes(const Episode& episode);

struct FaceCounts;  // visits.h
struct Visit;
// Sum of log2 of the number of textures (colours) over the faces (pillars) that were seen.
double information_bits(const Episode& episode, const FaceCounts& counts);

// Where the data of an episode lies; offsets are in bytes and left out where they are 0.
struct EpisodePlace {
  // Relative to the manifest; empty = not written.
  std::string video{}, pose{}, act{}, face{}, faces{}, depth{}, flow{}, objects{};
  size_t video_offset = 0, pose_offset = 0, act_offset = 0, face_offset = 0, depth_offset = 0,
         flow_offset = 0, objects_offset = 0;
  std::string sha256{};  // of the frames; empty = null
};
// The keys of a line that say where its data lie: video and sha256; pose, act, their fields, aux.
void put_frames(ordered_json& line, const EpisodePlace& place);
void put_rows(ordered_json& line, const EpisodePlace& place,
              std::span<const char* const> pose_fields, std::span<const char* const> act_fields);
// The split that owns both seeds. Throws Error{Usage} where they belong to two.
std::string split_of(const Seeds& seeds);
ordered_json episode_line(const Episode& episode, const EpisodePlace& place, double bits);
// One line a chunk, with the visits of its frames; chunk 0 has no input: "in" is [0,0).
std::vector<ordered_json> chunk_lines(const Episode& episode, const std::vector<Visit>& visits);
// Face id -> what it wears: {"textures": [...], "faces": [{"id", "texture", "colour", "room",
// "centre"}...]}.
ordered_json face_table(const Scene& scene);

}  // namespace svg::world
