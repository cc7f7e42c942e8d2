#include "libcore/world/table/table_episode.h"

#include <algorithm>
#include <cmath>

#include "libcore/world/scene.h"
#include "libcore/world/table/table_render.h"

namespace svg::world {
namespace {

double sides(int64_t q16) {
  return static_cast<double>(q16) / kCell;
}
double degrees(int angle) {
  return static_cast<double>(angle) / kDegree;
}
ordered_json xy(const Spot& spot) {
  return {sides(spot.x), sides(spot.y)};
}
}  // namespace

std::vector<double> pose_row(const TableState& s) {
  return {sides(s.x), sides(s.y), sides(s.z), degrees(s.yaw)};
}

std::vector<double> act_row(const TableMotion& m) {
  return {sides(m.dx), sides(m.dy), sides(m.dz), m.close ? 1.0 : 0.0, degrees(m.orbit)};
}

ordered_json objects_of(const TableScene& scene, const TableState& state) {
  ordered_json list = ordered_json::array();
  for (int i = 0; i < scene.cubes(); ++i) {
    const CubeState& cube = state.cubes[static_cast<size_t>(i)];
    list.push_back({{"name", cat(scene.colour_name(i), " cube")},
                    {"x", sides(cube.x)},
                    {"y", sides(cube.y)},
                    {"z", sides(cube.z)},
                    {"yaw", 0},
                    {"held", state.held == i}});
  }
  return list;
}

TableEpisode make_table_episode(const TableConfig& config, const std::string& script,
                                const Seeds& seeds, int chunks, Sentences sentences,
                                const std::string& id) {
  TableEpisode e;
  e.id = id;
  e.seeds = seeds;
  e.split = split_of(seeds);
  e.scene = make_table(config, seeds.geometry, seeds.appearance);
  Random path(seeds.path);
  Random way = path.fork("way"), words = path.fork("sentences");
  e.route = make_table_route(e.scene, script, chunks, way);
  TableState state = start_of(e.scene);
  e.states.push_back(state);
  e.motions.push_back({});
  e.hits.push_back(0);
  for (size_t k = 0; k < e.route.acts.size(); ++k) {
    const TableAct& act = e.route.acts[k];
    const Phrase phrase = draw_phrase(act, sentences, words);
    e.texts.push_back(sentence(e.scene, act, phrase));
    TableAct undone;
    e.inverses.push_back(undoes(e.scene, state, act, undone) ? sentence(e.scene, undone, phrase)
                                                             : "");
    for (int i = k ? 0 : 1; i < config.frames; ++i) {
      const TableMotion motion = motion_of(e.scene, state, act, i);
      e.hits.push_back(advance(e.scene, state, motion));
      e.motions.push_back(motion);
      e.states.push_back(state);
    }
  }
  return e;
}

EpisodeFrames render_episode(const TableEpisode& e) {
  const size_t n = e.states.size(), pixels = static_cast<size_t>(e.scene.config.pixels());
  EpisodeFrames out;
  out.rgb.resize(n * pixels * 3);
  out.face.resize(n * pixels);
  for (size_t t = 0; t < n; ++t)
    render(e.scene, e.states[t], std::span(out.rgb).subspan(t * pixels * 3, pixels * 3),
           std::span(out.face).subspan(t * pixels, pixels));
  return out;
}

double information_bits(const TableEpisode& e, const std::vector<uint16_t>& face) {
  const size_t pixels = static_cast<size_t>(e.scene.config.pixels());
  const int least = std::max(1, e.scene.config.pixels() * 8 / 4096);  // as in the maze
  std::array<bool, kPanels> seen{};
  for (size_t t = 0; t < e.states.size(); ++t) {
    std::array<int, kPanels> covers{};
    for (size_t i = t * pixels; i < (t + 1) * pixels; ++i)
      if (face[i] >= 1 && face[i] <= kPanels) ++covers[face[i] - 1U];
    for (size_t k = 0; k < seen.size(); ++k) seen[k] = seen[k] || covers[k] >= least;
  }
  const auto panels = static_cast<double>(std::count(seen.begin(), seen.end(), true));
  return std::floor(std::log2(e.scene.bank->trained) * panels * 100 + 0.5) / 100;
}

std::vector<float> pose_rows(const TableEpisode& e) {
  std::vector<float> rows;
  for (const TableState& state : e.states)
    for (double v : pose_row(state)) rows.push_back(static_cast<float>(v));
  return rows;
}

std::vector<float> act_rows(const TableEpisode& e) {
  std::vector<float> rows;
  for (const TableMotion& motion : e.motions)
    for (double v : act_row(motion)) rows.push_back(static_cast<float>(v));
  return rows;
}

std::vector<float> object_rows(const TableEpisode& e) {
  std::vector<float> rows;
  for (const TableState& state : e.states)
    for (int i = 0; i < e.scene.cubes(); ++i) {
      const CubeState& cube = state.cubes[static_cast<size_t>(i)];
      for (double v : {sides(cube.x), sides(cube.y), sides(cube.z), state.held == i ? 1.0 : 0.0})
        rows.push_back(static_cast<float>(v));
    }
  return rows;
}

ordered_json episode_line(const TableEpisode& e, const EpisodePlace& place, double bits) {
  const TableConfig& c = e.scene.config;
  ordered_json line{{"ep", e.id}, {"domain", "table"}, {"split", e.split}};
  put_frames(line, place);
  line["fps"] = c.fps;
  line["n"] = e.states.size();
  line["h"] = c.height;
  line["w"] = c.width;
  line["cam"] = {{"fov", 43.1}, {"elevation", 45}};
  line["seed"] = {
      {"geometry", e.seeds.geometry}, {"appearance", e.seeds.appearance}, {"path", e.seeds.path}};
  line["gen"] = cat("svg-world table ", kTableVersion, " cfg=", config_digest(c));
  line["profile"] = name_of(c.profile);
  line["chunk_frames"] = c.frames;
  put_rows(line, place, kTablePoseFields, kTableActFields);
  ordered_json fields = ordered_json::array();
  for (int i = 0; i < e.scene.cubes(); ++i)
    for (const char* field : {"x", "y", "z", "held"})
      fields.push_back(cat(e.scene.colour_name(i), ".", field));
  if (!place.objects.empty()) line["object_fields"] = fields;
  line["side"] = sides(c.side);
  line["goal"] = xy(e.scene.goal);
  line["bits"] = bits;
  line["licence"] = "CC0-1.0";
  return line;
}

std::vector<ordered_json> chunk_lines(const TableEpisode& e) {
  const int f = e.scene.config.frames;
  std::vector<ordered_json> lines;
  for (int k = 0; k < static_cast<int>(e.texts.size()); ++k) {
    const auto at = static_cast<size_t>(k);
    ordered_json line{{"ep", e.id}, {"k", k}};
    line["in"] = {k ? (k - 1) * f : 0, k * f};
    line["out"] = {k * f, (k + 1) * f};
    line["text"] = e.texts[at];
    if (!e.inverses[at].empty()) line["text_inverse"] = e.inverses[at];
    line["act"] = to_json(e.scene, e.route.acts[at]);
    lines.push_back(line);
  }
  return lines;
}

ordered_json task_line(const TableEpisode& e) {
  if (e.route.phases.empty()) return nullptr;
  const int f = e.scene.config.frames, first = e.route.phases.front().first;
  ordered_json targets = ordered_json::array(), ends = ordered_json::array(),
               subgoals = ordered_json::array();
  for (size_t p = 0; p < e.route.phases.size(); ++p) {
    const TablePhase& phase = e.route.phases[p];
    for (int k = phase.first; k < phase.last; ++k)
      subgoals.push_back(e.texts[static_cast<size_t>(k)]);
    for (int i = 0; i < e.scene.cubes(); ++i)
      targets.push_back({{"cube", cat(e.scene.colour_name(i), " cube")},
                         {"phase", p},
                         {"xy", xy(phase.targets[static_cast<size_t>(i)])}});
    ends.push_back(phase.last - first);
  }
  return {{"task", "cubes"},       {"ep", e.id},         {"goal_text", e.route.goal_text},
          {"ctx", {0, first * f}}, {"targets", targets}, {"subgoals", subgoals},
          {"phase_ends", ends}};
}

ordered_json face_table(const TableScene& scene) {
  ordered_json textures = ordered_json::array(), faces = ordered_json::array();
  for (const Texture& texture : scene.bank->textures) textures.push_back(texture.name);
  for (int i = 0; i < kPanels; ++i)
    faces.push_back({{"id", 1 + i},
                     {"texture", scene.panels[static_cast<size_t>(i)]},
                     {"colour", nullptr},
                     {"room", nullptr},
                     {"deg", i * 360 / kPanels}});
  for (int i = 0; i < scene.cubes(); ++i)
    faces.push_back({{"id", table_face_of_cube(i)},
                     {"texture", nullptr},
                     {"colour", scene.colour_name(i)},
                     {"room", nullptr}});
  return {{"textures", textures}, {"trained_textures", scene.bank->trained}, {"faces", faces}};
}

}  // namespace svg::world
