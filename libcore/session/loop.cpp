#include "libcore/session/loop.h"

#include <cmath>
#include <cstdio>

#include "libcore/base/error.h"
#include "libcore/loop/rounds.h"
#include "libcore/loop/start_phase.h"
#include "libcore/session/guard.h"

namespace svg::session {

namespace {

svg::loop::FastWork fast_work(const LoopOptions& o) {
  return {.model = o.model,
          .data = o.data,
          .store = o.loop.output,
          .settings = o.run.settings,
          .form = o.form,
          .shard = o.shard,
          .resume = o.loop.resume};
}

Report estimate(const LoopOptions& o, Context& context) {
  const auto e = svg::loop::estimate_store(fast_work(o), context);
  Report report;
  report.json = {{"episodes", e.counts.episodes},
                 {"chunks", e.counts.chunks},
                 {"memory_bytes", e.delta_bytes},
                 {"store_bytes", e.bytes}};
  char text[200];
  std::snprintf(text, sizeof text,
                "%lld episodes of %lld chunks; a memory takes %.1f MiB, the store about %.1f MiB\n",
                static_cast<long long>(e.counts.episodes), static_cast<long long>(e.counts.chunks),
                std::ldexp(static_cast<double>(e.delta_bytes), -20),
                std::ldexp(static_cast<double>(e.bytes), -20));
  report.text = text;
  return report;
}

Report fast(const LoopOptions& o, Context& context) {
  if (o.estimate) return estimate(o, context);
  const auto r = svg::loop::fast_phase(fast_work(o), context);
  Report report;
  report.json = {{"episodes", r.episodes},
                 {"pairs", r.pairs},
                 {"learned_chunks", r.learned},
                 {"learning_sec", r.learning_sec},
                 {"storing_sec", r.storing_sec}};
  char text[200];
  std::snprintf(text, sizeof text,
                "%lld episodes, %lld pairs; learned %lld chunks in %.1f s, stored them in %.1f s\n",
                static_cast<long long>(r.episodes), static_cast<long long>(r.pairs),
                static_cast<long long>(r.learned), r.learning_sec, r.storing_sec);
  report.text = text;
  return report;
}

Report slow(const LoopOptions& o, Context& context) {
  svg::loop::slow_phase({.model = o.model,
                         .store = o.store,
                         .held_out = o.held_out,
                         .beside = o.beside,
                         .loop = o.loop,
                         .slow = o.slow,
                         .save_dtype = o.save_dtype},
                        context);
  return {};
}

Report start(const LoopOptions& o, Context& context) {
  svg::loop::start_phase({.model = o.model,
                          .data = o.data,
                          .validation = o.validation,
                          .settings = o.run.settings,
                          .start = o.start,
                          .loop = o.start_loop},
                         context);
  return {};
}

Report rounds(const LoopOptions& o, Context& context) {
  svg::loop::run_rounds(
      {.model = o.model,
       .data = o.data,
       .validation = o.validation,
       .settings = o.run.settings,
       .form = o.form,
       .beside = o.beside,
       .rounds = o.rounds,
       .loop = o.loop,
       .slow = o.slow,
       .save_dtype = o.save_dtype,
       .keep_stores = o.keep_stores},
      [&](const svg::loop::RoundReport& r) {
        if (o.on_round)
          o.on_round({{"round", r.round},
                      {"before", r.before},
                      {"after", r.after},
                      {"episodes", r.episodes},
                      {"pairs", r.pairs}});
      },
      context);
  return {};
}

Report loop_session(const LoopOptions& o, Context& context) {
  if (o.command == LoopCommand::Fast) return fast(o, context);
  if (o.command == LoopCommand::Start) return start(o, context);
  return o.command == LoopCommand::Slow ? slow(o, context) : rounds(o, context);
}

}  // namespace

}  // namespace svg::session

void svg_loop_session(const svg::session::LoopOptions& options, svg::Context& context,
                      svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::loop_session(options, context); });
}
