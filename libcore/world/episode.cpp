#include "libcore/world/episode.h"

#include <cmath>
#include <limits>

#include "libcore/world/flow.h"
#include "libcore/world/render.h"
#include "libcore/world/script.h"
#include "libcore/world/visits.h"

namespace svg::world {
namespace {

double cells(int64_t q16) {
  return static_cast<double>(q16) / kCell;
}
double degrees(int angle) {
  return static_cast<double>(angle) / kDegree;
}
double rounded(double value, double unit) {
  return std::floor(value / unit + 0.5) * unit;
}
void put(ordered_json& to, const char* key, const std::string& path, size_t offset) {
  if (path.empty()) return;
  to[key] = path;
  if (offset) to[cat(key, "_offset")] = offset;
}

}  // namespace

std::string split_of(const Seeds& seeds) {
  std::string split = seed_range(seeds.geometry).split;
  require(split == seed_range(seeds.appearance).split, ErrorKind::Usage, "geometry ",
          seeds.geometry, " (", split, ") and appearance ", seeds.appearance, " (",
          seed_range(seeds.appearance).split,
          ") belong to two splits: take both seeds from one range");
  return split;
}

void put_frames(ordered_json& line, const EpisodePlace& place) {
  line["video"] = nullptr;
  put(line, "video", place.video, place.video_offset);
  line["sha256"] = place.sha256.empty() ? ordered_json(nullptr) : ordered_json(place.sha256);
}

void put_rows(ordered_json& line, const EpisodePlace& place,
              std::span<const char* const> pose_fields, std::span<const char* const> act_fields) {
  const auto list = [](std::span<const char* const> fields) {
    return std::vector<std::string>(fields.begin(), fields.end());
  };
  put(line, "pose", place.pose, place.pose_offset);
  if (!place.pose.empty()) line["pose_fields"] = list(pose_fields);
  put(line, "act", place.act, place.act_offset);
  if (!place.act.empty()) line["act_fields"] = list(act_fields);
  ordered_json aux = ordered_json::object();
  put(aux, "face", place.face, place.face_offset);
  put(aux, "faces", place.faces, 0);
  put(aux, "depth", place.depth, place.depth_offset);
  put(aux, "flow", place.flow, place.flow_offset);
  put(aux, "objects", place.objects, place.objects_offset);
  if (!aux.empty()) line["aux"] = aux;
}

Episode make_episode(const WorldConfig& config, const std::string& script, const Seeds& seeds,
                     int chunks, Sentences sentences, const std::string& id) {
  Episode episode;
  episode.id = id;
  episode.seeds = seeds;
  episode.split = split_of(seeds);
  episode.scene = make_scene(config, seeds.geometry, seeds.appearance);
  Random path(seeds.path);
  Random way = path.fork("way"), words = path.fork("sentences");
  episode.route = make_route(episode.scene, script, chunks, way);
  for (const Act& action : episode.route.actions) {
    Phrase phrase = draw_phrase(action, sentences, words);
    episode.texts.push_back(sentence(action, phrase));
    episode.inverses.push_back(sentence(inverse_of(action), phrase));
  }
  episode.poses = poses_of(episode.route, config);
  return episode;
}

EpisodeFrames render_episode(const Episode& episode) {
  const WorldConfig& config = episode.scene.config;
  EpisodeFrames out;
  size_t n = episode.poses.size(), pixels = static_cast<size_t>(config.pixels());
  out.rgb.resize(n * config.frame_bytes());
  out.face.resize(n * pixels);
  for (size_t t = 0; t < n; ++t)
    render(episode.scene, episode.poses[t],
           std::span(out.rgb).subspan(t * config.frame_bytes(), config.frame_bytes()),
           std::span(out.face).subspan(t * pixels, pixels));
  return out;
}

std::vector<float> pose_rows(const Episode& episode) {
  std::vector<float> rows;
  for (const Pose& pose : episode.poses)
    for (double v : {cells(pose.x), cells(pose.y), episode.scene.config.wall_height / 2,
                     degrees(pose.yaw), 0.0})
      rows.push_back(static_cast<float>(v));
  return rows;
}

std::vector<float> act_rows(const Episode& episode) {
  const WorldConfig& config = episode.scene.config;
  std::vector<float> rows;
  for (int t = 0; t < episode.frame_count(); ++t) {
    Motion m = t ? motion_of(episode.route.actions[static_cast<size_t>(t / config.frames)], config)
                 : Motion{};
    for (double v : {degrees(m.turn), cells(m.forward), cells(m.left)})
      rows.push_back(static_cast<float>(v));
  }
  return rows;
}

std::vector<float> depth_planes(const Episode& episode) {
  const auto pixels = static_cast<size_t>(episode.scene.config.pixels());
  std::vector<float> planes(episode.poses.size() * pixels);
  for (size_t t = 0; t < episode.poses.size(); ++t)
    render_depth(episode.scene, episode.poses[t], std::span(planes).subspan(t * pixels, pixels));
  return planes;
}

std::vector<float> flow_planes(const Episode& episode) {
  const auto size = 2 * static_cast<size_t>(episode.scene.config.pixels());
  std::vector<float> planes(episode.poses.size() * size, std::numeric_limits<float>::quiet_NaN());
  for (size_t t = 0; t + 1 < episode.poses.size(); ++t)
    render_flow(episode.scene, episode.poses[t], episode.poses[t + 1],
                std::span(planes).subspan(t * size, size));
  return planes;
}

double information_bits(const Episode& episode, const FaceCounts& counts) {
  const Scene& scene = episode.scene;
  double bits = 0;
  for (int id = 1; id < counts.ids; ++id)
    for (int t = 0; t < episode.frame_count(); ++t)
      if (counts.of(t)[id] >= scene.config.seen_px()) {
        bool wall = static_cast<size_t>(id) <= scene.faces.size();
        bits += wall ? std::log2(scene.bank->trained) : std::log2(scene.bank->pillars.size());
        break;
      }
  return rounded(bits, 0.01);
}

ordered_json episode_line(const Episode& episode, const EpisodePlace& place, double bits) {
  const WorldConfig& config = episode.scene.config;
  ordered_json line{{"ep", episode.id}, {"domain", "maze"}, {"split", episode.split}};
  put_frames(line, place);
  line["fps"] = config.fps;
  line["n"] = episode.frame_count();
  line["h"] = config.height;
  line["w"] = config.width;
  line["cam"] = {{"fov", config.equal_angles ? degrees(config.field_of_view) : 68.8},
                 {"height", config.wall_height / 2},
                 {"columns", config.equal_angles ? "equal-angle" : "plane"}};
  line["seed"] = {{"geometry", episode.seeds.geometry},
                  {"appearance", episode.seeds.appearance},
                  {"path", episode.seeds.path}};
  line["gen"] = cat("svg-world ", kGeneratorVersion, " cfg=", config_digest(config));
  line["profile"] = name_of(config.profile);
  line["chunk_frames"] = config.frames;
  put_rows(line, place, kPoseFields, kActFields);
  line["bits"] = bits;
  line["licence"] = "CC0-1.0";
  return line;
}

std::vector<ordered_json> chunk_lines(const Episode& episode, const std::vector<Visit>& visits) {
  int f = episode.scene.config.frames;
  std::vector<ordered_json> lines;
  for (int k = 0; k < static_cast<int>(episode.texts.size()); ++k) {
    ordered_json line{{"ep", episode.id}, {"k", k}};
    line["in"] = {k ? (k - 1) * f : 0, k * f};
    line["out"] = {k * f, (k + 1) * f};
    line["text"] = episode.texts[static_cast<size_t>(k)];
    line["text_inverse"] = episode.inverses[static_cast<size_t>(k)];
    line["act"] = to_json(episode.route.actions[static_cast<size_t>(k)]);
    for (const Visit& visit : visits)
      if (visit.frame / f == k) line["visits"].push_back(to_json(visit));
    lines.push_back(line);
  }
  return lines;
}

ordered_json face_table(const Scene& scene) {
  ordered_json textures = ordered_json::array(), faces = ordered_json::array();
  for (const Texture& texture : scene.bank->textures) textures.push_back(texture.name);
  constexpr double kOutX[] = {1, 0.5, 0, 0.5}, kOutY[] = {0.5, 1, 0.5, 0};
  for (size_t i = 0; i < scene.faces.size(); ++i) {
    const Face& face = scene.faces[i];
    faces.push_back(
        {{"id", i + 1},
         {"texture", face.texture},
         {"colour", nullptr},
         {"room", face.room < 0 ? ordered_json(nullptr) : ordered_json(face.room)},
         {"centre",
          {face.x + kOutX[face.side], face.y + kOutY[face.side], scene.config.wall_height / 2}}});
  }
  for (const Pillar& pillar : scene.pillars)
    faces.push_back({{"id", pillar.face},
                     {"texture", nullptr},
                     {"colour", pillar.colour},
                     {"room", nullptr},
                     {"centre",
                      {static_cast<double>(pillar.x), static_cast<double>(pillar.y),
                       scene.config.wall_height / 2}}});
  return {{"textures", textures}, {"trained_textures", scene.bank->trained}, {"faces", faces}};
}

}  // namespace svg::world
