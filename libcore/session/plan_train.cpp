#include "libcore/session/plan_train.h"

#include "libcore/base/text_table.h"
#include "libcore/eval/cells.h"
#include "libcore/plan/idm_trainer.h"
#include "libcore/session/guard.h"
#include "libcore/slow/train_loop.h"

namespace svg::session {
namespace {

std::string cell_of(const eval::Interval& i) {
  return eval::interval_cell(eval::to_json(i), 3, true);
}

Report plan_train(const PlanTrainOptions& o, Context& context) {
  slow::refuse_existing_run(o.loop);
  const auto rows = plan::train_idm(o.idm, o.loop, context);
  Report report;
  report.json = {{"held_out", ordered_json::array()}};
  std::vector<std::vector<std::string>> table{
      {"pictures", "field", "right", "right where it moves", "mean error", "steps"}};
  for (const auto& row : rows) {
    ordered_json fields = ordered_json::object();
    for (const auto& f : row.fields) {
      fields[f.field] = {{"all", eval::to_json(f.all)},
                         {"moving", eval::to_json(f.moving)},
                         {"error", eval::to_json(f.error)}};
      table.push_back({row.pictures, f.field, cell_of(f.all), cell_of(f.moving), cell_of(f.error),
                       cat(row.steps)});
    }
    table.push_back({row.pictures, "whole action", cell_of(row.action), "-", "-", cat(row.steps)});
    report.json["held_out"].push_back({{"pictures", row.pictures},
                                       {"episodes", row.episodes},
                                       {"steps", row.steps},
                                       {"action", eval::to_json(row.action)},
                                       {"fields", fields}});
  }
  report.text = text_table(table);
  return report;
}

}  // namespace
}  // namespace svg::session

void svg_plan_train_session(const svg::session::PlanTrainOptions& options, svg::Context& context,
                            svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::plan_train(options, context); });
}
