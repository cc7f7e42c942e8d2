#include "libcore/eval/videos/video_measure.h"

#include <cmath>
#include <limits>
#include <memory>

#include "libcore/base/error.h"
#include "libcore/eval/pixels/appearance.h"
#include "libcore/eval/pixels/drift.h"
#include "libcore/eval/pixels/flicker.h"
#include "libcore/eval/pixels/psnr.h"
#include "libcore/eval/pixels/scene_cuts.h"
#include "libcore/eval/pixels/ssim.h"
#include "libcore/eval/videos/frame_spool.h"

namespace svg::eval {
namespace {

using video::Image;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
// SSIM below which a frame shows something else than the true one (metrics.md 2.10).
constexpr double kLostSsim = 0.3;

// Over the numbers there are; NaN where there is none.
double mean_of(const std::vector<double>& values, size_t begin, size_t end) {
  double sum = 0;
  int64_t count = 0;
  for (size_t i = begin; i < end; ++i) {
    if (std::isnan(values[i])) continue;
    sum += values[i];
    ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : kNone;
}

std::optional<double> number_or_none(double value) {
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

// Scores of one video's frames, and the cuts they make.
struct Cuts {
  ContentScores content;
  ContentCuts by_content;
  AdaptiveCuts by_adaptive;
  std::vector<double> scores;
  int64_t content_count = 0, adaptive_count = 0;

  void add(const ByteFrame& frame) {
    scores.push_back(content.next(frame));
    content_count += by_content.next(scores.back()).has_value();
    adaptive_count += by_adaptive.next(scores.back()).has_value();
  }
};

// What drifts: of the video itself, or how far it is from the reference.
struct Drifting {
  const char* name;
  double Appearance::*field;
};
constexpr Drifting kDrifting[] = {{"saturation", &Appearance::saturation},
                                  {"luminance", &Appearance::luminance},
                                  {"luminance_std", &Appearance::luminance_std},
                                  {"laplacian_variance", &Appearance::laplacian_variance}};

}  // namespace

struct VideoMeasure::State {
  std::set<Metric> metrics;
  bool has_reference;
  std::string shown;

  std::vector<int64_t> chunks;
  std::vector<double> psnr_values, ssim_values, gauss_values, steady_values;
  std::vector<double> drifting[std::size(kDrifting)];
  Cuts cuts, reference_cuts;
  std::optional<FrameSpool> spool;
  Image last;

  bool wants(Metric metric) const { return metrics.count(metric) > 0; }
  bool wants_cuts() const {
    return wants(Metric::ScutsContent) || wants(Metric::ScutsAdaptive) || wants(Metric::Seam);
  }
  bool drifts_from_reference() const { return wants(Metric::Drift) && has_reference; }

  void check_side(Metric metric, const Image& frame, SsimWindow window) const {
    const int least = least_side(window);
    require(frame.height >= least && frame.width >= least, ErrorKind::Data, shown, ": frames are ",
            frame.width, "x", frame.height, ", too small for the ", least, "x", least,
            " window of ", name_of(metric), ": choose others by --metrics");
  }

  void check_first(const Image& frame) const {
    if (wants(Metric::Ssim)) check_side(Metric::Ssim, frame, SsimWindow::Uniform);
    if (wants(Metric::SsimGauss)) check_side(Metric::SsimGauss, frame, SsimWindow::Gaussian);
    if (drifts_from_reference()) check_side(Metric::Drift, frame, SsimWindow::Uniform);
    if (wants(Metric::Gsc)) check_side(Metric::Gsc, frame, SsimWindow::Uniform);
    if (wants(Metric::Nmr)) check_side(Metric::Nmr, frame, SsimWindow::Uniform);
  }

  void check_count() const {
    const auto count = static_cast<int64_t>(chunks.size());
    for (const Metric metric : metrics)
      require(count >= least_frames(metric), ErrorKind::Data, shown, ": has ", count,
              count == 1 ? " frame, but " : " frames, but ", name_of(metric), " needs ",
              least_frames(metric), ": choose others by --metrics");
    require(!wants(Metric::Gsc) || count % 2 == 0, ErrorKind::Data, shown, ": has ", count,
            " frames, but gsc_v1 sets two halves side by side and needs an even number");
  }

  void add_drift(const Image& generated, const Image* reference) {
    const Appearance ours = appearance(view_of(generated));
    const Appearance theirs = reference ? appearance(view_of(*reference)) : Appearance{};
    for (size_t k = 0; k < std::size(kDrifting); ++k)
      drifting[k].push_back(ours.*kDrifting[k].field - theirs.*kDrifting[k].field);
  }

  // Frames of the first half beside those of the second, the last first.
  void score_mirror(std::vector<VideoScore>& scores) {
    double decibels = 0, similarity = 0;
    const int64_t half = spool->count() / 2;
    for (int64_t i = 0; i < half; ++i) {
      const Image out = spool->at(i), back = spool->at(spool->count() - 1 - i);
      decibels += psnr(view_of(out), view_of(back));
      similarity += ssim(view_of(out), view_of(back));
    }
    scores.push_back({"gsc_psnr", "gsc_v1", decibels / static_cast<double>(half)});
    scores.push_back({"gsc_ssim", "gsc_v1", similarity / static_cast<double>(half)});
  }

  static void score_movement(std::vector<VideoScore>& scores, const std::string& name,
                             const std::string& profile, const std::vector<double>& frames,
                             const std::vector<double>& by_chunk, Worst worst) {
    scores.push_back({name + "_slope", profile, slope(by_chunk)});
    scores.push_back({name + "_contrast", profile, start_end_contrast(frames)});
    scores.push_back({name + "_worst", profile, worst_of(by_chunk, worst)});
  }

  void score_drift(VideoScores& video, const std::vector<ChunkMeans>& means) const {
    const std::string profile = drift_profile();
    const auto by_chunk = [&](const std::string& column) {
      std::vector<double> values;
      for (size_t k = 0; k < video.columns.size(); ++k)
        if (video.columns[k].name == column)
          for (const auto& chunk : means) values.push_back(chunk.values[k]);
      return values;
    };
    if (has_reference) {
      score_movement(video.scores, "drift_psnr", profile, psnr_values, by_chunk("psnr"),
                     Worst::Least);
      video.scores.push_back({"frames_until_ssim_0.3", profile,
                              static_cast<double>(frames_until_below(ssim_values, kLostSsim))});
    }
    for (size_t k = 0; k < std::size(kDrifting); ++k) {
      const auto column = drift_column(k);
      video.scores.push_back(
          {"drift_" + column, profile, mean_of(drifting[k], 0, drifting[k].size())});
      score_movement(video.scores, "drift_" + column, profile, drifting[k], by_chunk(column),
                     Worst::FarthestFromZero);
    }
  }

  // Numbers of the video alone are another measure than those against the truth.
  std::string drift_profile() const { return has_reference ? "drift_v1" : "drift_self_v1"; }
  std::string drift_column(size_t k) const {
    return std::string(kDrifting[k].name) + (has_reference ? "_difference" : "");
  }

  // The first frame's score, 0, is of no pair of frames.
  static std::vector<double> behind_first(std::vector<double> scores) {
    if (!scores.empty()) scores.front() = kNone;
    return scores;
  }

  std::vector<FrameColumn> columns() const {
    std::vector<FrameColumn> all;
    const auto add = [&](const std::string& name, const std::string& profile,
                         const std::vector<double>& values) {
      if (!values.empty()) all.push_back({name, profile, values});
    };
    add("psnr", "psnr_v1", psnr_values);
    add("ssim", "ssim_v1", ssim_values);
    add("ssim_gauss", "ssim_gauss_v1", gauss_values);
    add("content", "scuts_content_v1", behind_first(cuts.scores));
    add("content_reference", "scuts_content_v1", behind_first(reference_cuts.scores));
    add("flicker", "flicker_v1", steady_values);
    for (size_t k = 0; k < std::size(kDrifting); ++k)
      add(drift_column(k), drift_profile(), drifting[k]);
    return all;
  }

  std::vector<bool> borders() const {
    std::vector<bool> border;
    for (size_t t = 0; t < chunks.size(); ++t)
      border.push_back(t == 0 || chunks[t] != chunks[t - 1]);
    return border;
  }

  void score_cuts(std::vector<VideoScore>& scores) const {
    const auto add = [&](Metric metric, const std::string& name, int64_t ours, int64_t theirs) {
      if (!wants(metric)) return;
      scores.push_back({name, name_of(metric), static_cast<double>(ours)});
      if (has_reference)
        scores.push_back({name + "_reference", name_of(metric), static_cast<double>(theirs)});
    };
    add(Metric::ScutsContent, "scuts_content", cuts.content_count, reference_cuts.content_count);
    add(Metric::ScutsAdaptive, "scuts_adaptive", cuts.adaptive_count,
        reference_cuts.adaptive_count);
    if (!wants(Metric::Seam)) return;
    scores.push_back({"seam", "seam_v1", seam_ratio(cuts.scores, borders())});
    if (has_reference)
      scores.push_back({"seam_reference", "seam_v1", seam_ratio(reference_cuts.scores, borders())});
  }

  void score_means(std::vector<VideoScore>& scores) const {
    const auto add = [&](Metric metric, const std::string& name,
                         const std::vector<double>& values) {
      if (wants(metric))
        scores.push_back(
            {name, name_of(metric), number_or_none(mean_of(values, 0, values.size()))});
    };
    add(Metric::Psnr, "psnr", psnr_values);
    add(Metric::Ssim, "ssim", ssim_values);
    add(Metric::SsimGauss, "ssim_gauss", gauss_values);
    add(Metric::Flicker, "flicker", steady_values);
  }
};

VideoMeasure::VideoMeasure(const std::set<Metric>& metrics, bool has_reference,
                           const std::string& shown)
    : state_(std::make_unique<State>()) {
  state_->metrics = metrics;
  state_->has_reference = has_reference;
  state_->shown = shown;
  if (state_->wants(Metric::Gsc)) state_->spool.emplace();
}

VideoMeasure::~VideoMeasure() = default;

void VideoMeasure::add(const Image& generated, const Image* reference, int64_t chunk) {
  State& s = *state_;
  const bool first = s.chunks.empty();
  if (first) s.check_first(generated);
  s.chunks.push_back(chunk);
  const ByteFrame ours = view_of(generated);
  const ByteFrame theirs = reference ? view_of(*reference) : ByteFrame{};
  if (reference && (s.wants(Metric::Psnr) || s.drifts_from_reference()))
    s.psnr_values.push_back(psnr(ours, theirs));
  if (reference && (s.wants(Metric::Ssim) || s.drifts_from_reference()))
    s.ssim_values.push_back(ssim(ours, theirs));
  if (reference && s.wants(Metric::SsimGauss))
    s.gauss_values.push_back(ssim(ours, theirs, SsimWindow::Gaussian));
  if (s.wants_cuts()) {
    s.cuts.add(ours);
    if (reference) s.reference_cuts.add(theirs);
  }
  if (s.wants(Metric::Flicker)) {
    s.steady_values.push_back(first ? kNone : steadiness(view_of(s.last), ours));
    s.last = generated;
  }
  if (s.wants(Metric::Drift)) s.add_drift(generated, reference);
  if (s.spool) s.spool->add(generated);
}

VideoScores VideoMeasure::finish() {
  State& s = *state_;
  s.check_count();
  VideoScores video{s.chunks, s.columns(), {}};
  s.score_means(video.scores);
  s.score_cuts(video.scores);
  if (s.wants(Metric::Drift)) s.score_drift(video, chunk_means(video));
  if (s.spool) s.score_mirror(video.scores);
  return video;
}

std::vector<ChunkMeans> chunk_means(const VideoScores& video) {
  std::vector<ChunkMeans> all;
  const auto& chunks = video.chunks;
  for (size_t begin = 0, end = 0; begin < chunks.size(); begin = end) {
    while (end < chunks.size() && chunks[end] == chunks[begin]) ++end;
    ChunkMeans means{chunks[begin], static_cast<int64_t>(end - begin), {}};
    for (const auto& column : video.columns)
      means.values.push_back(mean_of(column.values, begin, end));
    all.push_back(std::move(means));
  }
  return all;
}

}  // namespace svg::eval
