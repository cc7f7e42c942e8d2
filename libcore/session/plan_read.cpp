#include "libcore/session/plan_read.h"

#include "libcore/base/text_table.h"
#include "libcore/eval/cells.h"
#include "libcore/session/guard.h"

namespace svg::session {
namespace {

Report plan_read(const PlanReadOptions& o, Context& context) {
  plan::ReadingSettings s = o.reading;
  s.limits = world::limits_of(o.time_limit);
  Report report;
  report.json = {{"moves", ordered_json::array()}};
  std::vector<std::vector<std::string>> table{{"move", "chunks", "recorded", "coded", "shows it",
                                               "generated, as asked", "generated, as shown"}};
  for (const auto& row : plan::measure_reading(s, context)) {
    ordered_json entry{{"move", row.move}, {"chunks", row.chunks}};
    std::vector<std::string> cells{row.move, cat(row.chunks)};
    const auto add = [&](const char* name, const eval::Interval& interval) {
      entry[name] = eval::to_json(interval);
      cells.push_back(eval::interval_cell(entry[name], 2, true));
    };
    add("recorded", row.recorded);
    add("coded", row.coded);
    add("shown", row.shown);
    add("as_asked", row.as_asked);
    add("as_shown", row.as_shown);
    report.json["moves"].push_back(std::move(entry));
    table.push_back(std::move(cells));
  }
  report.text = text_table(table);
  return report;
}

}  // namespace
}  // namespace svg::session

void svg_plan_read_session(const svg::session::PlanReadOptions& options, svg::Context& context,
                           svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::plan_read(options, context); });
}
