// An episode on the table: scene + route, played, and its lines in the manifest.
#pragma once
#include "libcore/world/episode.h"
#include "libcore/world/table/table_script.h"

namespace svg::world {

struct TableEpisode {
  std::string id, split;
  Seeds seeds;
  TableScene scene;
  TableRoute route;
  std::vector<std::string> texts, inverses;  // one a chunk; an inverse may be empty
  std::vector<TableState> states;            // one a frame
  std::vector<TableMotion> motions;          // into each frame; nothing into frame 0
  std::vector<uint8_t> hits;
};

// The gripper and the camera's heading; the motion into each frame: table sides, degrees.
inline constexpr const char* kTablePoseFields[] = {"x", "y", "z", "yaw"};
inline constexpr const char* kTableActFields[] = {"dx", "dy", "dz", "close", "orbit"};
std::vector<double> pose_row(const TableState& state);
std::vector<double> act_row(const TableMotion& motion);
// [{"name", "x", "y", "z", "yaw", "held"}] of the cubes: middles, table sides; degrees.
ordered_json objects_of(const TableScene& scene, const TableState& state);

TableEpisode make_table_episode(const TableConfig& config, const std::string& script,
                                const Seeds& seeds, int chunks, Sentences sentences,
                                const std::string& id);
EpisodeFrames render_episode(const TableEpisode& episode);
// f32 [n, 4], [n, 5], [n, K * 4] of x, y, z, held for each cube.
std::vector<float> pose_rows(const TableEpisode& episode);
std::vector<float> act_rows(const TableEpisode& episode);
std::vector<float> object_rows(const TableEpisode& episode);

// Sum of log2 of the number of textures over the panels that were seen.
double information_bits(const TableEpisode& episode, const std::vector<uint16_t>& face);
ordered_json episode_line(const TableEpisode& episode, const EpisodePlace& place, double bits);
std::vector<ordered_json> chunk_lines(const TableEpisode& episode);
// The task that the script sets; null where it sets none.
ordered_json task_line(const TableEpisode& episode);
ordered_json face_table(const TableScene& scene);

}  // namespace svg::world
