#include "libcore/session/plan_run.h"

#include "libcore/session/guard.h"

namespace svg::session {
namespace {

Report plan_run(const PlanRunOptions& o, Context& context) {
  plan::RunPlansSettings s = o.run;
  s.limits = world::limits_of(o.time_limit);
  const plan::RunPlansReport done = plan::run_plans(s, context);
  Report report;
  report.json = {{"episodes", done.episodes},
                 {"kept", done.kept},
                 {"frames_executed", done.frames},
                 {"failed", ordered_json::array()}};
  report.text = cat(done.episodes, " episodes, ", done.frames, " frames executed");
  if (done.kept) report.text += cat(", ", done.kept, " of an earlier run");
  report.text += '\n';
  for (const plan::PlanFailure& f : done.failed) {
    report.json["failed"].push_back({{"episode", f.episode}, {"error", f.failure.what}});
    report.text += cat("episode ", f.episode, " failed: ", f.failure.what, '\n');
    if (report.exit_code == 0) report.exit_code = static_cast<int>(f.failure.kind);
  }
  return report;
}

}  // namespace
}  // namespace svg::session

void svg_plan_run_session(const svg::session::PlanRunOptions& options, svg::Context& context,
                          svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::plan_run(options, context); });
}
