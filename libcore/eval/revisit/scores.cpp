#include "libcore/eval/revisit/scores.h"

#include <ATen/ATen.h>

#include <limits>
#include <span>
#include <vector>

#include "libcore/eval/pixels/psnr.h"
#include "libcore/eval/pixels/ssim.h"
#include "libcore/eval/revisit/column_bank.h"
#include "libcore/eval/revisit/gaps.h"

namespace svg::eval {

namespace {

constexpr int64_t kLateChunks = 10;  // of a long walk: whether it is still a maze by then
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class Mean {
 public:
  void add(double v) { sum_ += v, ++n_; }
  double value() const { return n_ ? sum_ / static_cast<double>(n_) : kNaN; }

 private:
  double sum_ = 0;
  int64_t n_ = 0;
};

std::span<const uint8_t> bytes_of(const at::Tensor& frame) {
  return {frame.const_data_ptr<uint8_t>(), static_cast<size_t>(frame.numel())};
}

ByteFrame view_of(const at::Tensor& frame) {  // contiguous, u8 [H, W, 3]
  return {frame.const_data_ptr<uint8_t>(), static_cast<int>(frame.size(0)),
          static_cast<int>(frame.size(1))};
}

double psnr_between(const at::Tensor& a, const at::Tensor& b) {
  return psnr(view_of(a.contiguous()), view_of(b.contiguous()));
}

// Mean over faces, then frames (metrics.md 2.7), and by gap.
struct RecallScores {
  double top1 = kNaN, rank = kNaN, palette = kNaN, near = kNaN, dropped = 0;
  std::map<std::string, double> by_gap;  // bucket -> top1
};

RecallScores recall(const RevisitEpisode& e, const std::vector<world::RecallQuery>& queries,
                    const Pictures& pictures, bool with_near) {
  struct Means {
    Mean top1, rank, palette, near;
    std::map<std::string, Mean> by_gap;
  };
  std::map<int, Means> by_frame;
  RecallScores out;
  for (const auto& q : queries) {
    const auto candidates = e.candidates->of(e.episode, q.frame, q.face);
    if (candidates->ambiguous()) {
      out.dropped += 1;
      continue;
    }
    const auto frame = pictures.at(q.frame).contiguous();
    const auto score = candidates->score(bytes_of(frame), e.palette);
    auto& means = by_frame[q.frame];
    means.top1.add(score.top1);
    means.rank.add(score.rank);
    means.palette.add(score.palette_top1);
    means.by_gap[q.bucket == kShifted ? kShifted : gap_of(q.gap)].add(score.top1);
    if (with_near)
      means.near.add(e.candidates->of(e.episode, q.frame, q.face, true)
                         ->score(bytes_of(frame), e.palette)
                         .top1);
  }
  Means all;
  for (const auto& [frame, means] : by_frame) {
    all.top1.add(means.top1.value());
    all.rank.add(means.rank.value());
    all.palette.add(means.palette.value());
    for (const auto& [bucket, mean] : means.by_gap) all.by_gap[bucket].add(mean.value());
    if (with_near) all.near.add(means.near.value());
  }
  out.top1 = all.top1.value(), out.rank = all.rank.value();
  out.palette = all.palette.value(), out.near = all.near.value();
  for (const auto& [bucket, mean] : all.by_gap) out.by_gap[bucket] = mean.value();
  return out;
}

// Centred cosine of two lists of frames, mean over pairs, times 100.
double centred_src(const ScoreContext& c, const std::vector<at::Tensor>& then,
                   const std::vector<at::Tensor>& now) {
  if (then.empty()) return kNaN;
  const auto a = features(c.resnet, at::stack(then)) - c.mean_feature,
             b = features(c.resnet, at::stack(now)) - c.mean_feature;
  return 100 * at::cosine_similarity(a, b, 1).mean().item<double>();
}

}  // namespace

void score_free(Scores& scores, const ScoreContext& c, const RevisitEpisode& e,
                const Pictures& back) {
  const auto memory = recall(e, e.memory_queries, back, true);
  scores["recall_v1"] = memory.top1;
  scores["recall_near_v1"] = memory.near;
  scores["recall_rank"] = memory.rank;
  scores["recall_palette"] = memory.palette;
  scores["queries"] = static_cast<double>(e.memory_queries.size());
  scores["queries_dropped"] = memory.dropped;
  for (const auto& [bucket, top1] : memory.by_gap) scores[gap_key("recall_v1", bucket)] = top1;
  const auto known = known_columns(c.columns, back.frames);
  const int64_t chunk = e.episode.scene.config.frames;
  scores["maze_v1"] = share(known);
  scores["maze_end_v1"] = share(known.narrow(0, known.size(0) - chunk, chunk));
  const int64_t late = kLateChunks * chunk;
  if (known.size(0) >= late)
    scores["maze_last10_v1"] = share(known.narrow(0, known.size(0) - late, late));
  std::vector<at::Tensor> then, now;
  for (const auto& v : e.visits) {
    then.push_back(e.frames[v.first]);
    now.push_back(back.at(v.frame));
  }
  scores["src_c_rand"] = centred_src(c, then, now);
  Mean revisit;
  int last = -1;
  for (const auto& q : e.memory_queries) {
    if (q.frame != last) revisit.add(psnr_between(back.at(q.frame), e.frames[q.frame]));
    last = q.frame;
  }
  scores["revisit_psnr"] = revisit.value();
}

void score_given_past(Scores& scores, const RevisitEpisode& e, const Pictures& one_step,
                      const Pictures& sampled) {
  const auto step = recall(e, e.memory_queries, one_step, false);
  scores["recall_step_v1"] = step.top1;
  scores["recall_step_rank"] = step.rank;
  for (const auto& [bucket, top1] : step.by_gap) scores[gap_key("recall_step_v1", bucket)] = top1;
  scores["recall_past_v1"] = recall(e, e.memory_queries, sampled, false).top1;
  scores["context_recall_v1"] = recall(e, e.context_queries, sampled, false).top1;
  const int64_t chunk = e.episode.scene.config.frames;
  Mean right, wrong;
  for (int64_t first = sampled.first; first < sampled.first + sampled.frames.size(0);
       first += chunk) {
    const auto other = wrong_action_frames(e, first / chunk);
    if (!other.defined()) continue;
    const auto made = sampled.frames.narrow(0, first - sampled.first, chunk);
    // A chunk at once: its frames one below the other.
    const auto tall = made.flatten(0, 1);
    right.add(psnr_between(tall, e.frames.narrow(0, first, chunk).flatten(0, 1)));
    wrong.add(psnr_between(tall, other.flatten(0, 1)));
  }
  scores["action_right_psnr"] = right.value();
  scores["action_wrong_psnr"] = wrong.value();
}

void score_self(Scores& scores, const ScoreContext& c, const RevisitEpisode& e,
                const Pictures& all) {
  std::map<int, Mean> by_frame;
  for (const auto& q : e.memory_queries) {
    const auto now = e.candidates->of(e.episode, q.frame, q.face),
               then = e.candidates->of(e.episode, q.first, q.face);
    if (now->ambiguous()) continue;
    const auto shown = all.at(q.frame).contiguous(), showed = all.at(q.first).contiguous();
    by_frame[q.frame].add(now->score(bytes_of(shown), e.palette).answer ==
                          then->score(bytes_of(showed), e.palette).answer);
  }
  Mean same, ratio, structure;
  for (const auto& [frame, mean] : by_frame) same.add(mean.value());
  std::vector<at::Tensor> then, now;
  for (const auto& v : e.visits) {
    then.push_back(all.at(v.first).contiguous());
    now.push_back(all.at(v.frame).contiguous());
    ratio.add(psnr_between(then.back(), now.back()));
    structure.add(ssim(view_of(then.back()), view_of(now.back())));
  }
  scores["recall_self_v1"] = same.value();
  scores["self_psnr"] = ratio.value();
  scores["self_ssim"] = structure.value();
  scores["self_src_c_rand"] = centred_src(c, then, now);
}

}  // namespace svg::eval
