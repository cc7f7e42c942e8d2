#include "libcore/session/eval_metrics.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <set>

#include "formats/provenance.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/base/own_folder.h"
#include "libcore/base/path.h"
#include "libcore/base/signals.h"
#include "libcore/eval/features/centred_returns.h"
#include "libcore/eval/features/flow_measure.h"
#include "libcore/eval/features/network_measure.h"
#include "libcore/eval/features/nmr_measure.h"
#include "libcore/eval/features/set_distances.h"
#include "libcore/eval/videos/fed_frames.h"
#include "libcore/eval/videos/frame_feed.h"
#include "libcore/eval/videos/in_order.h"
#include "libcore/eval/videos/maze_truth.h"
#include "libcore/eval/videos/metric_totals.h"
#include "libcore/eval/videos/recall_measure.h"
#include "libcore/eval/videos/row_file.h"
#include "libcore/eval/videos/video_measure.h"
#include "libcore/eval/videos/visits.h"
#include "libcore/session/guard.h"
#include "libcore/tensor/runtime.h"

namespace svg::session {
namespace {

using eval::FedFrame;
using eval::VideoPair;
using eval::VideoScores;

constexpr int64_t kDefaultChunk = 16;  // frames, the paper's

// The files of a folder of results (Results), beside one of each of these for rows.
constexpr const char* kSettings = "settings.json";
constexpr const char *kFrames = "frames", *kChunks = "chunks", *kVideos = "videos",
                     *kTotals = "metrics";

bool written_by_us(const std::string& name) {
  if (name == kSettings) return true;
  for (const std::string rows : {kFrames, kChunks, kVideos, kTotals})
    if (name == rows + ".jsonl" || name == rows + ".csv") return true;
  return false;
}

std::set<eval::Metric> metrics_of(const MetricsOptions& o) {
  std::set<eval::Metric> metrics;
  for (const auto& name : o.metrics) metrics.insert(enum_from<eval::Metric>(name, "--metrics"));
  if (!metrics.empty()) return metrics;
  for (const auto& entry : names_of(eval::Metric{}))
    if (eval::is_default(entry.value, !o.reference.empty())) metrics.insert(entry.value);
  return metrics;
}

// What every video of a run has in common.
struct Measuring {
  std::set<eval::Metric> metrics;
  std::optional<LatentCodec> codec;  // where there are latent streams
  eval::Networks networks;
  eval::FeedSettings feeds;
  std::string flow;  // folder of flow that a network saw
  int64_t chunk = 0;
  std::atomic<int64_t> frames = 0;  // measured so far
  std::atomic<bool> given_up = false;
};

void check_pair(const VideoPair& pair, const std::optional<FedFrame>& ours,
                const std::optional<FedFrame>& theirs, int64_t frame) {
  const auto generated = pair.generated.shown(), reference = pair.reference->shown();
  require(ours.has_value() == theirs.has_value(), ErrorKind::Config, ours ? reference : generated,
          ": ends after ", frame, " frames, but ", ours ? generated : reference,
          " goes on: videos are compared frame by frame");
  if (!ours) return;
  const auto &a = ours->image, &b = theirs->image;
  require(a.height == b.height && a.width == b.width, ErrorKind::Config, generated, ": frame ",
          frame, " is ", a.width, "x", a.height, ", but that of ", reference, " is ", b.width, "x",
          b.height, ": videos are compared pixel by pixel");
}

// What a video gives: numbers of its own, and its part in those of all videos.
struct Measured {
  VideoScores scores;
  eval::VideoFeatures features;
};

// Visits stand in a manifest, that of the video or of its reference.
std::vector<eval::Return> returns_of(const VideoPair& pair) {
  auto returns = eval::returns_of(pair.generated);
  return returns.empty() && pair.reference ? eval::returns_of(*pair.reference) : returns;
}

// The first of the metrics that looks at visits; nothing where none does.
std::optional<eval::Metric> visit_metric(const Measuring& m) {
  const auto found = std::find_if(m.metrics.begin(), m.metrics.end(), eval::needs_visits);
  return found == m.metrics.end() ? std::nullopt : std::optional(*found);
}

// Nothing where no metric asks for it.
std::unique_ptr<eval::NmrMeasure> nmr_of(const Measuring& m,
                                         const std::vector<eval::Return>& returns) {
  if (std::none_of(m.metrics.begin(), m.metrics.end(), eval::is_nmr)) return nullptr;
  return std::make_unique<eval::NmrMeasure>(m.metrics, m.networks, returns);
}

// That of the video's own manifest, else of its reference's.
const eval::VideoRef& with_flow(const VideoPair& pair) {
  return eval::has_flow(pair.generated) || !pair.reference ? pair.generated : *pair.reference;
}

// Nothing where no metric asks for it.
std::unique_ptr<eval::FlowMeasure> flow_of(const Measuring& m, const VideoPair& pair) {
  const auto any = [&](bool (*needs)(eval::Metric)) {
    return std::any_of(m.metrics.begin(), m.metrics.end(), needs);
  };
  eval::Flows flows;
  if (any(eval::needs_exact_flow)) {
    flows.exact.emplace(eval::FlowFile::of_episode(with_flow(pair)));
    flows.frames = eval::fed_frames(with_flow(pair));
  }
  if (any(eval::needs_seen_flow))
    flows.seen.emplace(eval::FlowFile::of_npy(cat(m.flow, "/", pair.generated.name, ".npy")));
  if (!flows.exact && !flows.seen) return nullptr;
  return std::make_unique<eval::FlowMeasure>(m.metrics, std::move(flows),
                                             pair.reference.has_value());
}

// That of the video's own manifest, else of its reference's. Nothing where no metric asks for it.
std::unique_ptr<eval::RecallMeasure> recall_of(const Measuring& m, const VideoPair& pair) {
  if (!m.metrics.contains(eval::Metric::Recall)) return nullptr;
  const auto of = [](const eval::VideoRef& video) {
    auto maze = eval::maze_episode_of(video);
    return maze ? std::make_unique<eval::RecallMeasure>(std::move(*maze), eval::fed_frames(video),
                                                        eval::given_frames(video))
                : nullptr;
  };
  auto measure = of(pair.generated);
  if (!measure && pair.reference) measure = of(*pair.reference);
  require(measure != nullptr, ErrorKind::Config, pair.generated.shown(), ": ",
          name_of(eval::Metric::Recall),
          " asks the maze that made the true frames: give a manifest of svg-world's maze with "
          "poses, here or as --reference");
  return measure;
}

Measured measure(const VideoPair& pair, Measuring& m) {
  const auto generated = eval::open_feed(pair.generated, m.feeds);
  const auto reference = pair.reference ? eval::open_feed(*pair.reference, m.feeds) : nullptr;
  eval::VideoMeasure measuring(m.metrics, reference != nullptr, pair.generated.shown());
  const auto returns = visit_metric(m) ? returns_of(pair) : std::vector<eval::Return>{};
  eval::NetworkMeasure networks(m.networks, returns);
  const auto nmr = nmr_of(m, returns);
  const auto flow = flow_of(m, pair);
  const auto recall = recall_of(m, pair);
  for (int64_t frame = 0;; ++frame) {
    throw_if_stopped();
    if (m.given_up) throw Interrupted{};
    const auto ours = generated->next();
    const auto theirs = reference ? reference->next() : std::nullopt;
    if (reference) check_pair(pair, ours, theirs, frame);
    if (!ours) break;
    int64_t chunk = frame / (m.chunk > 0 ? m.chunk : kDefaultChunk);
    if (m.chunk == 0 && ours->chunk) chunk = *ours->chunk;
    else if (m.chunk == 0 && theirs && theirs->chunk) chunk = *theirs->chunk;
    measuring.add(ours->image, theirs ? &theirs->image : nullptr, chunk);
    networks.add(ours->image, theirs ? &theirs->image : nullptr);
    if (nmr) nmr->add(ours->image);
    if (flow) flow->add(ours->image, theirs ? &theirs->image : nullptr);
    if (recall) recall->add(ours->image);
    ++m.frames;
  }
  Measured measured{measuring.finish(), {}};
  measured.features = networks.finish(measured.scores);
  if (nmr) nmr->finish(measured.scores);
  if (flow) flow->finish(measured.scores);
  if (recall) recall->finish(measured.scores);
  return measured;
}

// What became of a video: its numbers, or why it was left out.
struct Outcome {
  std::optional<Measured> measured;
  std::string problem;
};

Outcome try_to_measure(const VideoPair& pair, Measuring& m, bool skip_bad) {
  try {
    return {measure(pair, m), ""};
  } catch (const Error& error) {
    const auto kind = error.kind();
    const bool bad = kind == ErrorKind::Data || kind == ErrorKind::NoInput ||
                     kind == ErrorKind::Unavailable || kind == ErrorKind::Config;
    if (!bad || !skip_bad) throw;
    return {std::nullopt, error.what()};
  }
}

// The folder -o: rows for each frame, chunk and video, and the totals; whole or not there.
class Results {
 public:
  Results(const MetricsOptions& o, eval::RowFormat format)
      : force_(o.force),
        folder_(o.output),
        frames_(folder_.folder(), kFrames, format),
        chunks_(folder_.folder(), kChunks, format),
        videos_(folder_.folder(), kVideos, format),
        totals_(folder_.folder(), kTotals, format) {}

  void add(const std::string& name, const VideoScores& video) {
    for (size_t t = 0; t < video.chunks.size(); ++t) {
      ordered_json row{{"video", name}, {"frame", t}, {"chunk", video.chunks[t]}};
      for (const auto& column : video.columns) row[column.name] = column.values[t];
      frames_.write(row);
    }
    const auto means = eval::chunk_means(video);
    for (const auto& chunk : means) {
      ordered_json row{{"video", name}, {"chunk", chunk.chunk}, {"frames", chunk.frames}};
      for (size_t k = 0; k < video.columns.size(); ++k)
        row[video.columns[k].name] = chunk.values[k];
      chunks_.write(row);
    }
    ordered_json row{{"video", name}, {"frames", video.frame_count()}, {"chunks", means.size()}};
    for (const auto& score : video.scores)
      row[score.bucket == "all" ? score.metric : score.metric + "@" + score.bucket] =
          score.value ? ordered_json(*score.value) : ordered_json(nullptr);
    videos_.write(row);
  }

  void finish(const std::vector<ordered_json>& totals, const ordered_json& provenance) {
    for (const auto& row : totals) totals_.write(row);
    for (auto* file : {&frames_, &chunks_, &videos_, &totals_}) file->finish();
    write_file_atomically(folder_.folder(), kSettings, provenance.dump(2) + "\n");
    force_ ? folder_.replace() : folder_.finish();
  }

 private:
  bool force_;
  AtomicFolder folder_;
  eval::RowFile frames_, chunks_, videos_, totals_;
};

eval::PairedVideos pairs_of(const MetricsOptions& o, const eval::VideoSet& generated,
                            const eval::VideoSet& reference) {
  eval::PairedVideos paired;
  if (!o.reference.empty()) paired = eval::pair_videos(generated, reference);
  else
    for (const auto& video : generated.videos) paired.pairs.push_back({video, std::nullopt});
  if (!o.skip_bad && !paired.unpaired.empty())
    fail(ErrorKind::Config, paired.unpaired.front(),
         paired.unpaired.size() == 1 ? ""
                                     : cat(", and ", paired.unpaired.size() - 1, " more like it"));
  for (const auto* set : {&generated, &reference})
    paired.unpaired.insert(paired.unpaired.end(), set->unreadable.begin(), set->unreadable.end());
  return paired;
}

ordered_json provenance_of(const MetricsOptions& o, const Measuring& m, const Context& context) {
  ordered_json metrics = ordered_json::array();
  for (const auto metric : m.metrics) metrics.push_back(name_of(metric));
  ordered_json settings{{"metrics", metrics},
                        {"chunk", o.chunk},
                        {"reference", !o.reference.empty()},
                        {"salvage", o.salvage},
                        {"skip_bad", o.skip_bad}};
  ordered_json networks = ordered_json::object();
  for (const auto& [metric, source] : m.networks.sources) networks[source.profile] = source.weights;
  if (!networks.empty()) settings["networks"] = networks;
  ordered_json inputs = ordered_json::object();
  if (m.codec) {
    settings["dtype"] = name_of(context.dtype);
    settings["batch"] = o.batch;
    inputs["vae"] = m.codec->fingerprint;
  }
  return formats::make_provenance(context.tool, settings, context.seed, inputs);
}

// Before anything is measured: that -o can be written in the end. What somebody else made is not
// replaced, --force or not.
void check_output(const MetricsOptions& o) {
  constexpr auto kKind = ErrorKind::CannotCreate;
  if (o.output.empty() || !path_exists(o.output, kKind)) return;
  require(is_folder(o.output, kKind), kKind, o.output, ": is there already, and is no folder");
  if (!o.force) {
    require(names_in(o.output, kKind).empty(), kKind, o.output,
            ": is there already: replace it with --force, or use another -o");
    return;
  }
  check_replaceable(o.output, {.tool = "svg-eval metrics",
                               .things = "results",
                               .marker = kSettings,
                               .wrote = written_by_us});
}

// Says what a metric is called where its weights are not the published ones.
void tell_names(const eval::Networks& networks) {
  for (const auto& [metric, source] : networks.sources) {
    if (source.origin == eval::WeightOrigin::Custom)
      log_warn(cat(name_of(metric), ": weights that are not known as published: named ",
                   source.profile));
    if (source.origin == eval::WeightOrigin::Random)
      log_warn(cat(name_of(metric), ": without --weights-dir, so with random weights of seed ",
                   *source.seed, ": named ", source.profile));
  }
}

// Before hours are spent on videos that have no place to come back to.
void check_returns(const eval::PairedVideos& paired, const Measuring& m, const std::string& input) {
  const auto metric = visit_metric(m);
  if (!metric) return;
  require(
      std::any_of(paired.pairs.begin(), paired.pairs.end(),
                  [](const VideoPair& pair) { return !returns_of(pair).empty(); }),
      ErrorKind::Data, input, ": ", name_of(*metric),
      " compares visits, but none of the videos has any: give a folder with a manifest "
      "that has them, here or as --reference (svg-world writes them for any --split but train)");
}

Report report_of(const MetricsOptions& o, const eval::MetricTotals& totals,
                 const std::vector<ordered_json>& rows, eval::RowFormat format) {
  if (!o.json && !o.csv) return {.json = {}, .text = totals.text(rows), .exit_code = 0};
  std::string text = o.csv ? eval::header_of(rows.front()) + "\n" : "";
  for (const auto& row : rows) text += eval::line_of(row, format) + "\n";
  return {.json = {}, .text = text, .exit_code = 0};
}

Report metrics(const MetricsOptions& o, Context& context) {
  const auto format = o.csv ? eval::RowFormat::Csv : eval::RowFormat::JsonLines;
  Measuring m;
  m.metrics = metrics_of(o);
  m.feeds = {.codec = nullptr, .model = o.model, .salvage = o.salvage};
  m.chunk = o.chunk;
  m.flow = o.flow;
  check_output(o);
  const eval::ListSettings listing{.skip_bad = o.skip_bad, .salvage = o.salvage};
  const auto generated = eval::list_videos(o.generated, listing);
  const auto reference =
      o.reference.empty() ? eval::VideoSet{} : eval::list_videos(o.reference, listing);
  const auto paired = pairs_of(o, generated, reference);
  if (generated.has_streams() || reference.has_streams()) {
    require(!o.model.empty(), ErrorKind::Usage,
            "latent streams are decoded by the model they were made for: give --model");
    m.codec = load_latent_codec(o.model, context, o.batch);
    m.feeds.codec = &*m.codec;
  }

  check_returns(paired, m, o.generated);
  m.networks = eval::load_networks(m.metrics, o.weights_dir, context.seed);
  tell_names(m.networks);

  std::optional<Results> results;
  if (!o.output.empty()) results.emplace(o, format);
  eval::MetricTotals totals;
  eval::SetDistances distances;
  eval::CentredReturns centred;
  for (const auto& [metric, source] : m.networks.sources)
    totals.set_source(source.profile, source.weights, source.seed);
  const auto skip = [&](const std::string& problem) {
    log_warn(problem + ": left out");
    totals.skip();
  };
  for (const auto& problem : paired.unpaired) skip(problem);
  const auto count = static_cast<int64_t>(paired.pairs.size());
  {
    Progress progress(context.progress, "video", count);
    int64_t done = 0;
    const auto show = [&] { progress.update(done, cat("frame ", m.frames.load())); };
    // A stop ends a wait for a pipe only in the thread that waits.
    leave_stop_signals();
    eval::InOrder<Outcome> work(count, o.jobs, [&](int64_t i) {
      take_stop_signals();
      return try_to_measure(paired.pairs[static_cast<size_t>(i)], m, o.skip_bad);
    });
    const auto take = [&](int64_t i, const Outcome& outcome) {
      if (!outcome.measured) {
        skip(outcome.problem);
      } else {
        const auto& scores = outcome.measured->scores;
        totals.add(scores);
        distances.add(outcome.measured->features.sets);
        if (outcome.measured->features.returns) centred.add(*outcome.measured->features.returns);
        if (results) results->add(paired.pairs[static_cast<size_t>(i)].generated.name, scores);
      }
      ++done;
      show();
    };
    try {
      work.collect(take, show);
    } catch (...) {
      m.given_up = true;  // the other threads need not finish their videos
      throw;
    }
  }
  take_stop_signals();
  require(totals.video_count() > 0, ErrorKind::Data, o.generated, ": none of the ",
          totals.skipped_count(), " videos can be measured");
  for (const auto& d : distances.finish(m.networks)) {
    const auto& source = m.networks.sources.at(d.metric);
    totals.set_source(d.profile, source.weights, source.seed);
    totals.add_distance(d.name, d.profile, d.value, d.n);
  }
  if (!centred.empty())
    totals.add_late("src_c", m.networks.sources.at(eval::Metric::SrcC).profile, centred.finish());
  const auto rows = totals.rows();
  if (results) results->finish(rows, provenance_of(o, m, context));
  return report_of(o, totals, rows, format);
}

}  // namespace

}  // namespace svg::session

void svg_metrics_session(const svg::session::MetricsOptions& options, svg::Context& context,
                         svg::session::Report& report) {
  svg::session::guarded(report, [&] {
    svg::apply_runtime(context);
    return svg::session::metrics(options, context);
  });
}
