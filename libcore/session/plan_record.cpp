#include "libcore/session/plan_record.h"

#include <charconv>

#include "libcore/base/progress.h"
#include "libcore/plan/record.h"

namespace svg::session {
namespace {

int whole_number(const std::string& text) {
  int n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  require(error == std::errc() && end == text.data() + text.size() && n >= 0, ErrorKind::Usage,
          "--chunks ", text, ": expected N or LO:HI");
  return n;
}

}  // namespace

Report plan_record(const PlanRecordOptions& o, Context& context) {
  plan::RecordSettings s{.command = o.environment,
                         .limits = {},
                         .folder = o.folder,
                         .episodes = o.episodes,
                         .frames = o.frames,
                         .moves = o.moves,
                         .script = o.script,
                         .split = o.split,
                         .retrace = o.retrace,
                         .seed = context.seed,
                         .jobs = o.jobs,
                         .resume = o.resume};
  const size_t colon = o.chunks.find(':');
  s.min_chunks = whole_number(o.chunks.substr(0, colon));
  s.max_chunks =
      colon == std::string::npos ? s.min_chunks : whole_number(o.chunks.substr(colon + 1));
  s.limits = world::limits_of(o.time_limit);
  plan::RecordReport done;
  {
    Progress progress(context.progress, "episode", o.episodes);
    done = plan::record(s, [&](int count) { progress.update(count); });
  }
  Report report;
  report.json = {{"episodes", done.episodes + done.kept},
                 {"kept", done.kept},
                 {"frames", done.frames},
                 {"chunks_with_hits", done.hits},
                 {"failed", ordered_json::array()}};
  report.text = cat(done.episodes + done.kept, " episodes, ", done.frames, " frames");
  if (done.kept) report.text += cat(", ", done.kept, " of an earlier run");
  if (done.hits) report.text += cat(", ", done.hits, " chunks that bumped");
  report.text += '\n';
  for (const plan::FailedEpisode& f : done.failed) {
    report.json["failed"].push_back(
        {{"episode", f.episode}, {"error", f.what}, {"frames", f.frames}});
    report.text += cat("episode ", f.episode, " failed: ", f.what);
    if (f.frames > 0) report.text += cat("; the ", f.frames, " frames before are kept");
    report.text += '\n';
    if (report.exit_code == 0) report.exit_code = static_cast<int>(f.kind);
  }
  return report;
}

}  // namespace svg::session
