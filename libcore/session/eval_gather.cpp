#include "libcore/session/eval_gather.h"

#include <map>
#include <utility>

#include "libcore/base/enum_names.h"
#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/eval/revisit/result_folder.h"
#include "libcore/eval/revisit/row_names.h"
#include "libcore/eval/revisit/table.h"
#include "libcore/session/guard.h"

namespace svg::session {

namespace {

using Episode = std::pair<std::string, int64_t>;  // script and number

// Every cell once, in the order of the table.
class GatheredLines {
 public:
  void add(const eval::RevisitResults& shard) {
    for (const auto& line : shard.lines) {
      const auto row = line.at("row").get<std::string>();
      enum_from<eval::RowKind>(row, shard.folder + ": row", ErrorKind::Data);
      const Episode episode{line.at("script").get<std::string>(),
                            line.at("episode").get<int64_t>()};
      const auto [at, is_new] = from_.try_emplace({row, episode}, shard.folder);
      require(is_new, ErrorKind::Data, shard.folder, ": has row ", row, " of ", episode.first, " ",
              episode.second, ", which ", at->second, " has, too");
      lines_[row][episode] = line;
    }
  }

  bool empty() const { return lines_.empty(); }

  // Episodes by script and number.
  std::vector<ordered_json> lines(const std::vector<std::string>& rows) const {
    std::vector<ordered_json> all;
    for (const auto& row : rows) {
      const auto found = lines_.find(row);
      if (found == lines_.end()) continue;
      for (const auto& [episode, line] : found->second) all.push_back(line);
    }
    return all;
  }

  // Of the plan: "temp-lora lacks 4 of 64"; empty where nothing is missing.
  std::string missing(const std::vector<std::string>& rows, int64_t planned) const {
    std::vector<std::string> parts;
    for (const auto& row : rows) {
      const auto found = lines_.find(row);
      const int64_t has = found == lines_.end() ? 0 : static_cast<int64_t>(found->second.size());
      if (has < planned) parts.push_back(cat(row, " lacks ", planned - has, " of ", planned));
    }
    return joined(parts);
  }

 private:
  std::map<std::pair<std::string, Episode>, std::string> from_;
  std::map<std::string, std::map<Episode, ordered_json>> lines_;
};

Report gather(const GatherOptions& o) {
  GatheredLines gathered;
  ordered_json settings, plan;
  std::string first;
  for (const auto& folder : o.shards) {
    const auto shard = eval::read_revisit_results(folder);
    if (first.empty()) first = folder, settings = shard.settings, plan = shard.plan;
    require(json(settings) == json(shard.settings) && plan == shard.plan, ErrorKind::Config, folder,
            ": has other settings or another plan than ", first, ": no shards of one evaluation");
    gathered.add(shard);
  }
  require(!gathered.empty(), ErrorKind::Data, "the shards hold no episode");
  const std::string where = first + "/settings.json";
  const auto rows = json_get<std::vector<std::string>>(plan, "rows", where);
  const auto scripts = json_get<std::vector<std::string>>(plan, "scripts", where);
  int64_t episodes = 0;  // of a row
  for (const auto& [script, count] :
       json_get<std::map<std::string, int64_t>>(plan, "episodes", where))
    episodes += count;
  const auto missing = gathered.missing(rows, episodes);
  require(missing.empty() || o.partial, ErrorKind::Data, missing,
          " episodes: finish the shards with --resume, or take what is there with --partial");
  if (!missing.empty()) log_warn(missing + " episodes");
  using Writer = eval::RevisitResultWriter;
  Writer out(o.output, settings, plan, o.force ? Writer::Begin::Force : Writer::Begin::New);
  for (auto& line : gathered.lines(rows)) out.add(std::move(line));
  const auto table = eval::make_revisit_table(out.lines(), rows, scripts);
  out.finish(table);
  return {table, eval::revisit_table_text(table)};
}

}  // namespace

}  // namespace svg::session

void svg_gather_session(const svg::session::GatherOptions& options, svg::Context&,
                        svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::gather(options); });
}
