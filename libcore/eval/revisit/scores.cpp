#include "libcore/eval/revisit/scores.h"

#include <ATen/ATen.h>

#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "libcore/eval/mean.h"
#include "libcore/eval/pixels/psnr.h"
#include "libcore/eval/pixels/ssim.h"
#include "libcore/eval/revisit/column_bank.h"
#include "libcore/eval/revisit/gaps.h"
#include "libcore/eval/revisit/recall_means.h"

namespace svg::eval {

namespace {

constexpr int64_t kLateChunks = 10;  // of a long walk: whether it is still a maze by then
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

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

RecallScores recall(const WorldQuestions& world, const std::vector<world::RecallQuery>& queries,
                    const Pictures& pictures, bool with_near) {
  RecallMeans means;
  for (const auto& q : queries) {
    const auto candidates = world.candidates->of(world.episode, q.frame, q.face);
    if (candidates->ambiguous()) {
      means.drop();
      continue;
    }
    const auto frame = pictures.at(q.frame).contiguous();
    std::optional<world::FaceScore> near;
    if (with_near)
      near = world.candidates->of(world.episode, q.frame, q.face, true)
                 ->score(bytes_of(frame), world.palette);
    means.add(q, candidates->score(bytes_of(frame), world.palette), near);
  }
  return means.finish();
}

// Centred cosine of what a return shows with what was shown the first time, mean over returns,
// times 100.
double centred_src(const ScoreContext& c, const std::vector<world::Visit>& visits,
                   const Pictures& then, const Pictures& now) {
  if (visits.empty()) return kNaN;
  std::vector<int64_t> first, again;
  for (const auto& v : visits) first.push_back(v.first), again.push_back(v.frame);
  const auto a = then.features->of(c.resnet, then.frames, then.first, first) - c.mean_feature,
             b = now.features->of(c.resnet, now.frames, now.first, again) - c.mean_feature;
  return 100 * at::cosine_similarity(a, b, 1).mean().item<double>();
}

// What the walls of an embedded world tell, and whether the pictures are of such a world at all.
void score_walls(Scores& scores, const ScoreContext& c, const WorldQuestions& world,
                 const at::Tensor& truth, const Pictures& back) {
  const auto memory = recall(world, world.memory, back, true);
  scores["recall_v1"] = memory.top1;
  scores["recall_near_v1"] = memory.near;
  scores["recall_rank"] = memory.rank;
  scores["recall_palette"] = memory.palette;
  scores["queries"] = static_cast<double>(world.memory.size());
  scores["queries_dropped"] = memory.dropped;
  for (const auto& [bucket, top1] : memory.by_gap) scores[gap_key("recall_v1", bucket)] = top1;
  const auto known = known_columns(c.columns, back.frames);
  const int64_t chunk = world.episode.scene.config.frames;
  scores["maze_v1"] = share(known);
  scores["maze_end_v1"] = share(known.narrow(0, known.size(0) - chunk, chunk));
  const int64_t late = kLateChunks * chunk;
  if (known.size(0) >= late)
    scores["maze_last10_v1"] = share(known.narrow(0, known.size(0) - late, late));
  std::map<std::string, Mean> by_age;
  for (int64_t t = 0; t < known.size(0); ++t)
    by_age[gap_of(static_cast<int>(t + 1))].add(share(known[t]));
  for (const auto& [frames, mean] : by_age) scores[gap_key("maze_v1", frames)] = mean.value();
  Mean revisit;
  int last = -1;
  for (const auto& q : world.memory) {
    if (q.frame != last) revisit.add(psnr_between(back.at(q.frame), truth[q.frame]));
    last = q.frame;
  }
  scores["revisit_psnr"] = revisit.value();
}

// What pictures alone tell: each frame against the truth, the returns apart.
void score_pictures(Scores& scores, const RevisitEpisode& e, const Pictures& back) {
  Mean ratio, structure, revisit, revisit_structure;
  std::map<std::string, Mean> by_age, by_gap;
  const bool wide =
      std::min(back.frames.size(1), back.frames.size(2)) >= least_side(SsimWindow::Uniform);
  for (int64_t t = 0; t < back.frames.size(0); ++t) {
    const auto made = back.frames[t].contiguous(), truth = e.frames[back.first + t].contiguous();
    const double dB = psnr_between(made, truth);
    ratio.add(dB);
    by_age[gap_of(static_cast<int>(t + 1))].add(dB);
    if (wide) structure.add(ssim(view_of(made), view_of(truth)));
  }
  for (const auto& v : e.visits) {
    const auto made = back.at(v.frame).contiguous(), truth = e.frames[v.frame].contiguous();
    const double dB = psnr_between(made, truth);
    revisit.add(dB);
    by_gap[gap_of(v.gap)].add(dB);
    if (wide) revisit_structure.add(ssim(view_of(made), view_of(truth)));
  }
  scores["psnr_v1"] = ratio.value();
  scores["ssim_v1"] = structure.value();
  scores["revisit_psnr"] = revisit.value();
  scores["revisit_ssim"] = revisit_structure.value();
  scores["queries"] = static_cast<double>(e.visits.size());
  scores["queries_dropped"] = 0;
  for (const auto& [frames, mean] : by_age) scores[gap_key("psnr_v1", frames)] = mean.value();
  for (const auto& [gap, mean] : by_gap) scores[gap_key("revisit_psnr", gap)] = mean.value();
}

// Does a wall wear the texture that the same pictures showed on it the first time?
double recall_of_own(const WorldQuestions& world, const Pictures& all) {
  std::map<int, Mean> by_frame;
  for (const auto& q : world.memory) {
    const auto now = world.candidates->of(world.episode, q.frame, q.face),
               then = world.candidates->of(world.episode, q.first, q.face);
    if (now->ambiguous()) continue;
    const auto shown = all.at(q.frame).contiguous(), showed = all.at(q.first).contiguous();
    by_frame[q.frame].add(now->score(bytes_of(shown), world.palette).answer ==
                          then->score(bytes_of(showed), world.palette).answer);
  }
  Mean same;
  for (const auto& [frame, mean] : by_frame) same.add(mean.value());
  return same.value();
}

}  // namespace

void score_free(Scores& scores, const ScoreContext& c, const RevisitEpisode& e,
                const Pictures& back) {
  if (e.world) score_walls(scores, c, *e.world, e.frames, back);
  else score_pictures(scores, e, back);
  scores["src_c_rand"] = centred_src(c, e.visits, {e.frames, 0, e.features}, back);
}

void score_given_past(Scores& scores, const RevisitEpisode& e, const Pictures& one_step,
                      const Pictures& sampled) {
  if (!e.world) return;
  const auto& world = *e.world;
  const auto step = recall(world, world.memory, one_step, false);
  scores["recall_step_v1"] = step.top1;
  scores["recall_step_rank"] = step.rank;
  for (const auto& [bucket, top1] : step.by_gap) scores[gap_key("recall_step_v1", bucket)] = top1;
  scores["recall_past_v1"] = recall(world, world.memory, sampled, false).top1;
  scores["context_recall_v1"] = recall(world, world.context, sampled, false).top1;
  const int64_t chunk = e.chunk_frames;
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
  if (e.world) scores["recall_self_v1"] = recall_of_own(*e.world, all);
  Mean ratio, structure;
  for (const auto& v : e.visits) {
    const auto then = all.at(v.first).contiguous(), now = all.at(v.frame).contiguous();
    ratio.add(psnr_between(then, now));
    structure.add(ssim(view_of(then), view_of(now)));
  }
  scores["self_psnr"] = ratio.value();
  scores["self_ssim"] = structure.value();
  scores["self_src_c_rand"] = centred_src(c, e.visits, all, all);
}

}  // namespace svg::eval
