#include "libcore/session/world.h"

#include <fcntl.h>

#include <charconv>
#include <memory>
#include <sstream>

#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/base/progress.h"
#include "libcore/world/dataset.h"
#include "libcore/world/environment/environment_check.h"
#include "libcore/world/environment/maze_environment.h"
#include "libcore/world/environment/server.h"
#include "libcore/world/environment/table_environment.h"
#include "libcore/world/script.h"
#include "libcore/world/table/table_script.h"

namespace svg::session {
namespace {
using namespace svg::world;

// Seeds of paths go up to 2^52.
uint64_t seed_number(const std::string& text, const std::string& flag) {
  uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  require(error == std::errc() && end == text.data() + text.size(), ErrorKind::Usage, flag, " ",
          text, ": expected a whole number");
  return seed;
}

int whole_number(const std::string& text, const std::string& flag) {
  require(
      !text.empty() && text.size() < 8 && text.find_first_not_of("0123456789") == std::string::npos,
      ErrorKind::Usage, flag, " ", text, ": expected a whole number");
  return std::stoi(text);
}

bool is_table(const WorldOptions& o) {
  require(o.world == "maze" || o.world == "table", ErrorKind::Usage, "unknown world ", o.world,
          ": expected maze or table");
  return o.world == "table";
}

ConfigChoice choice_of(const WorldOptions& o) {
  ConfigChoice choice = o.choice;
  if (!o.size.empty()) {
    size_t cross = o.size.find('x');
    require(cross != std::string::npos, ErrorKind::Usage, "--size ", o.size,
            ": expected WxH, such as 64x64");
    choice.width = whole_number(o.size.substr(0, cross), "--size");
    choice.height = whole_number(o.size.substr(cross + 1), "--size");
  }
  return choice;
}

std::unique_ptr<Environment> environment_of(const WorldOptions& o) {
  if (is_table(o)) return std::make_unique<TableEnvironment>(make_table_config(choice_of(o)));
  return std::make_unique<MazeEnvironment>(make_config(choice_of(o)));
}

// Chunks of an episode where nothing else is asked for.
std::string default_chunks(const std::string& script, const WorldConfig& config) {
  const bool walk = script == "walk";
  if (script == "retrace") return config.one_room() ? "7" : "10";
  if (script == "retrace-back") return config.one_room() ? "13" : "19";
  return config.one_room() ? (walk ? "8:16" : "20") : (walk ? "18" : "64");
}
std::string default_chunks(const std::string& script, const TableConfig& config) {
  if (script == "cubes" || script == "cubes-shown") return cat(4 + 9 * config.max_cubes);
  return script == "cubes-back" ? cat(3 + 6 * config.max_cubes) : "20";
}

}  // namespace

void world_rollout(const WorldRolloutOptions& o, Context& context) {
  RolloutSettings r{.folder = o.folder, .script = o.script, .seeds = o.seeds};
  r.chunks = whole_number(o.chunks, "--chunks");
  r.seeds.path = o.path.empty() ? context.seed : seed_number(o.path, "--path");
  if (!o.sentences.empty()) r.sentences = enum_from<Sentences>(o.sentences, "--sentences");
  r.flow = o.flow;
  r.force = o.force;
  DatasetReport report;
  if (is_table(o)) {
    report = write_rollout(r, make_table_config(choice_of(o)));
  } else {
    r.config = make_config(choice_of(o));
    report = write_rollout(r);
  }
  log_info(cat(report.frames, " frames -> ", o.folder));
}

void world_dataset(const WorldDatasetOptions& o, Context& context) {
  DatasetSettings d;
  const bool table = is_table(o);
  TableConfig table_config;
  if (table) table_config = make_table_config(choice_of(o));
  else d.config = make_config(choice_of(o));
  d.folder = o.folder;
  d.script = !o.script.empty() ? o.script : table ? "play" : "walk";
  d.split = o.split;
  d.episodes = o.episodes;
  const std::string chunks = !o.chunks.empty() ? o.chunks
                             : table           ? default_chunks(d.script, table_config)
                                               : default_chunks(d.script, d.config);
  size_t colon = chunks.find(':');
  d.min_chunks = whole_number(chunks.substr(0, colon), "--chunks");
  d.max_chunks = colon == std::string::npos ? d.min_chunks
                                            : whole_number(chunks.substr(colon + 1), "--chunks");
  d.seed = context.seed;
  d.threads = o.jobs;
  if (!o.sentences.empty()) d.sentences = enum_from<Sentences>(o.sentences, "--sentences");
  d.faces = o.faces;
  d.flow = o.flow;
  d.force = o.force;
  DatasetReport report;
  {
    Progress progress(context.progress, "episode", o.episodes);
    const auto show = [&](size_t done) { progress.update(static_cast<int64_t>(done)); };
    report = table ? write_dataset(d, table_config, show) : write_dataset(d, show);
  }
  log_info(cat(report.episodes, " episodes, ", report.frames, " frames -> ", o.folder));
}

void world_serve(const WorldOptions& o) {
  const std::unique_ptr<Environment> environment = environment_of(o);
  const int mode = ::fcntl(ServerDescriptors{}.pixels, F_GETFL);
  require(mode >= 0 && (mode & O_ACCMODE) != O_RDONLY, ErrorKind::Usage,
          "descriptor 3 is not open for writing: a client starts this command, such as "
          "`svg-world check 'svg-world serve'`");
  serve(*environment);
}

int world_check(const WorldCheckOptions& o,
                const std::function<void(const std::string&, const ordered_json&)>& show) {
  const TimeLimits limits = limits_of(o.time_limit);
  bool good = true;
  check_environment(o.command, limits, [&](const CheckResult& result) {
    const char* verdict = result.verdict == Verdict::Ok      ? "ok"
                          : result.verdict == Verdict::Wrong ? "wrong"
                                                             : "not claimed";
    show(cat(result.name, ": ", verdict, result.what.empty() ? "" : ": ", result.what),
         {{"check", result.name}, {"verdict", verdict}, {"what", result.what}});
    good = good && result.verdict != Verdict::Wrong;
  });
  return good ? 0 : static_cast<int>(ErrorKind::Negative);
}

Report world_list() {
  ordered_json out{
      {"worlds", {"maze", "table"}},
      {"profiles", ordered_json::object()},
      {"scripts", ordered_json::array()},
      {"table", {{"profiles", ordered_json::object()}, {"scripts", ordered_json::array()}}}};
  for (const char* profile : {"full", "tiny"}) {
    const TableConfig c = make_table_config({.profile = profile});
    out["table"]["profiles"][profile] = {{"width", c.width},
                                         {"height", c.height},
                                         {"frames", c.frames},
                                         {"turns", c.turns},
                                         {"cubes", {c.min_cubes, c.max_cubes}},
                                         {"textures", texture_bank(c.profile).trained},
                                         {"fps", c.fps}};
  }
  for (const TableScriptInfo& script : all_table_scripts())
    out["table"]["scripts"].push_back({{"name", script.name}, {"summary", script.summary}});
  for (const char* profile : {"full", "small", "tiny", "view"}) {
    WorldConfig c = make_config({.profile = profile});
    out["profiles"][profile] = {
        {"width", c.width},
        {"height", c.height},
        {"frames", c.frames},
        {"turns", c.turns},
        {"steps", c.steps},
        {"cell_per_step", static_cast<double>((c.step_q16 * 1000 + kCell / 2) / kCell) / 1000},
        {"textures", texture_bank(c.profile).trained},
        {"fps", c.fps}};
  }
  for (const ScriptInfo& script : all_scripts())
    out["scripts"].push_back(
        {{"name", script.name}, {"summary", script.summary}, {"one_room", script.one_room}});
  std::ostringstream text;
  for (const auto& [name, p] : out["profiles"].items())
    text << "profile maze/" << name << ": " << p["width"] << "x" << p["height"] << ", chunks of "
         << p["frames"] << " frames, turns " << p["turns"].dump() << " degrees, walks "
         << p["steps"].dump() << " steps of " << p["cell_per_step"] << " cell, " << p["textures"]
         << " textures\n";
  for (const ScriptInfo& script : all_scripts())
    text << "script " << script.name << ": " << script.summary
         << (script.one_room ? "" : " (full and view)") << "\n";
  for (const auto& [name, p] : out["table"]["profiles"].items())
    text << "profile table/" << name << ": " << p["width"] << "x" << p["height"] << ", chunks of "
         << p["frames"] << " frames, orbits of " << p["turns"].dump() << " degrees, "
         << p["cubes"][0] << " to " << p["cubes"][1] << " cubes, " << p["textures"]
         << " textures\n";
  for (const TableScriptInfo& script : all_table_scripts())
    text << "script table/" << script.name << ": " << script.summary << "\n";
  return {.json = out, .text = text.str()};
}

}  // namespace svg::session
