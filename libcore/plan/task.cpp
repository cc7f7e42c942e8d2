#include "libcore/plan/task.h"

#include <algorithm>

#include "formats/data/manifest.h"
#include "formats/data/side_file.h"
#include "libcore/base/error.h"
#include "libcore/base/path.h"
#include "libcore/world/environment/maze_environment.h"
#include "libcore/world/environment/table_environment.h"

namespace svg::plan {
namespace {

using formats::ChunkRow;
using formats::EpisodeRow;
using formats::Manifest;

Point point_of(const ordered_json& xy, const std::string& where) {
  require(xy.is_array() && xy.size() == 2 && xy[0].is_number() && xy[1].is_number(),
          ErrorKind::Data, where, ": expected points [x, y]");
  return {xy[0].get<double>(), xy[1].get<double>()};
}

void read_past(const Manifest& manifest, const EpisodeRow& row, const formats::FrameRange& shown,
               const std::string& where, Task& t) {
  const ordered_json& doc = row.doc;
  t.world = json_get<std::string>(doc, "domain", where);
  t.profile = json_get_or<std::string>(doc, "profile", "", where);
  const auto seed = json_get<ordered_json>(doc, "seed", where);
  t.reset.geometry = json_get<uint64_t>(seed, "geometry", where);
  t.reset.appearance = json_get<uint64_t>(seed, "appearance", where);
  if (row.file("pose")) {
    const size_t fields = json_get<std::vector<std::string>>(doc, "pose_fields", where).size();
    const auto poses = formats::read_rows(manifest, row, "pose", fields);
    t.reset.start.assign(poses.begin(), poses.begin() + static_cast<int64_t>(fields));
  }
  t.act_fields = json_get<std::vector<std::string>>(doc, "act_fields", where);
  const size_t v = t.act_fields.size();
  const auto acts = formats::read_rows(manifest, row, "act", v);
  int64_t end = 0;
  for (const ChunkRow* chunk : manifest.chunks_of(row.ep())) {
    if (const auto inverse = chunk->text_inverse()) t.undo.emplace(chunk->text(), *inverse);
    if (end == shown.end) continue;
    const formats::FrameRange out = chunk->out();
    if (t.chunk_frames == 0) t.chunk_frames = static_cast<int>(out.size());
    require(out.begin == end && out.size() == t.chunk_frames && out.end <= shown.end,
            ErrorKind::Data, where, ": what the task shows is not whole chunks of one length");
    end = out.end;
    t.texts.push_back(chunk->text());
    t.inverses.push_back(chunk->text_inverse().value_or(""));
  }
  require(shown.begin == 0 && end == shown.end && end > 0, ErrorKind::Data, where,
          ": expected chunks for the frames [", shown.begin, ",", shown.end, ") that it shows");
  for (int64_t i = 0; i < end; ++i)
    t.acts.emplace_back(acts.begin() + i * static_cast<int64_t>(v),
                        acts.begin() + (i + 1) * static_cast<int64_t>(v));
  for (int64_t i = end; i < row.frames(); ++i)
    t.solution.emplace_back(acts.begin() + i * static_cast<int64_t>(v),
                            acts.begin() + (i + 1) * static_cast<int64_t>(v));
}

}  // namespace

std::vector<Task> read_tasks(const std::string& folder, int first, int most) {
  const Manifest manifest = Manifest::read(folder);
  require(!manifest.tasks.empty(), ErrorKind::Data, folder,
          ": has no tasks.jsonl: svg-world dataset "
          "--script retrace (or --world table --script cubes) writes tasks");
  const auto count = static_cast<int>(manifest.tasks.size());
  require(0 <= first && first < count, ErrorKind::Usage, "--first ", first, ": ", folder, " has ",
          count, " tasks");
  const int end = most > 0 ? std::min(count, first + most) : count;
  std::vector<Task> tasks;
  for (int i = first; i < end; ++i) {
    const formats::TaskRow& row = manifest.tasks[static_cast<size_t>(i)];
    const std::string where = cat(folder, "/tasks.jsonl:", i + 1);
    Task t;
    t.id = row.ep();
    t.kind = row.task();
    t.doc = row.doc;
    t.goal_text = json_get<std::string>(row.doc, "goal_text", where);
    const EpisodeRow& episode = *manifest.find_episode(row.ep());
    read_past(manifest, episode, row.ctx(), where, t);
    t.subgoals = json_get_or<std::vector<std::string>>(row.doc, "subgoals", {}, where);
    t.reversal = json_get_or<std::string>(row.doc, "reversal", "", where);
    for (const ordered_json& xy :
         json_get_or<ordered_json>(row.doc, "waypoints", ordered_json::array(), where))
      t.waypoints.push_back(point_of(xy, where));
    for (const ordered_json& target :
         json_get_or<ordered_json>(row.doc, "targets", ordered_json::array(), where))
      t.targets.push_back({json_get<std::string>(target, "cube", where),
                           json_get_or<int>(target, "phase", 0, where),
                           point_of(json_get<ordered_json>(target, "xy", where), where)});
    t.phase_ends = json_get_or<std::vector<int>>(row.doc, "phase_ends", {}, where);
    t.half_cube = json_get_or<double>(episode.doc, "side", 0, where) / 2;
    tasks.push_back(std::move(t));
  }
  return tasks;
}

std::string Task::inverse_of(const std::string& text) const {
  const auto known = undo.find(text);
  return known == undo.end() ? "" : known->second;
}

Task with_solution(const Task& task) {
  const size_t frames = task.subgoals.size() * static_cast<size_t>(task.chunk_frames);
  require(frames > 0 && task.solution.size() >= frames, ErrorKind::Usage, "task ", task.id,
          ": no solution of its subgoals is recorded");
  Task done = task;
  done.acts.insert(done.acts.end(), task.solution.begin(),
                   task.solution.begin() + static_cast<int64_t>(frames));
  done.solution.clear();
  for (const std::string& text : task.subgoals) {
    done.texts.push_back(text);
    done.inverses.push_back(task.inverse_of(text));
  }
  return done;
}

std::unique_ptr<world::Environment> environment_for(const Task& task, const std::string& command,
                                                    const world::TimeLimits& limits) {
  if (!command.empty()) return std::make_unique<world::ProcessEnvironment>(command, limits);
  require(!task.profile.empty() && (task.world == "maze" || task.world == "table"),
          ErrorKind::Usage, "task ", task.id, " is of the world ", task.world,
          ", which is none of the embedded ones: name its environment, --env COMMAND");
  const world::ConfigChoice choice{.profile = task.profile};
  if (task.world == "table")
    return std::make_unique<world::TableEnvironment>(world::make_table_config(choice));
  return std::make_unique<world::MazeEnvironment>(world::make_config(choice));
}

}  // namespace svg::plan
