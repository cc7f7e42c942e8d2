#include "libcore/session/plan_score.h"

#include "libcore/session/guard.h"

namespace svg::session {
namespace {

Report plan_score(const PlanScoreOptions& o, Context& context) {
  plan::ScoreSettings s = o.score;
  s.limits = world::limits_of(o.time_limit);
  Report report;
  report.json = plan::score_tasks(s, context);
  report.text = plan::score_text(report.json);
  report.exit_code = plan::exit_code_of(report.json);
  return report;
}

}  // namespace
}  // namespace svg::session

void svg_plan_score_session(const svg::session::PlanScoreOptions& options, svg::Context& context,
                            svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::plan_score(options, context); });
}
