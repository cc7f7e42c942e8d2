#include "libcore/eval/revisit_rows.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <limits>
#include <optional>
#include <span>

#include "libcore/base/error.h"
#include "libcore/base/signals.h"
#include "libcore/tensor/pixels.h"
#include "libcore/tensor/stopwatch.h"

namespace svg::eval {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Timer {
  double* total;
  Clock::time_point start = Clock::now();
  explicit Timer(double& to) : total(&to) {}
  ~Timer() { *total += seconds_since(start); }
};

class Mean {
 public:
  void add(double v) { sum_ += v, ++n_; }
  double value() const { return n_ ? sum_ / static_cast<double>(n_) : kNaN; }

 private:
  double sum_ = 0;
  int64_t n_ = 0;
};

// u8 [F, H, W, 3] of latents [F, C, h, w]
at::Tensor show(const AutoencoderKL& vae, const at::Tensor& latents) {
  at::NoGradGuard no_grad;
  return bytes_from_pixels(decode(vae, unscale_latents(vae.config, latents)));
}

double psnr(const at::Tensor& a, const at::Tensor& b) {
  const double mse = (a.to(at::kDouble) - b.to(at::kDouble)).square().mean().item<double>();
  return mse == 0 ? 100 : 10 * std::log10(255.0 * 255.0 / mse);
}

std::span<const uint8_t> bytes_of(const at::Tensor& frame) {
  return {frame.const_data_ptr<uint8_t>(), static_cast<size_t>(frame.numel())};
}

// Mean over faces, then frames (metrics.md 2.7). frames: u8 [G, H, W, 3], the first of them being
// frame `first` of the episode.
struct RecallScores {
  double top1 = kNaN, rank = kNaN, palette = kNaN, near = kNaN, dropped = 0;
};

RecallScores recall(const RevisitEpisode& e, const std::vector<world::RecallQuery>& queries,
                    const at::Tensor& frames, int64_t first, bool with_near) {
  struct Means {
    Mean top1, rank, palette, near;
  };
  std::map<int, Means> by_frame;
  RecallScores out;
  for (const auto& q : queries) {
    const auto frame = frames[q.frame - first].contiguous();
    const auto& pose = e.episode.poses[static_cast<size_t>(q.frame)];
    const world::FaceCandidates candidates(e.episode.scene, pose, q.face);
    if (candidates.ambiguous()) {
      out.dropped += 1;
      continue;
    }
    const auto score = candidates.score(bytes_of(frame), e.palette);
    auto& means = by_frame[q.frame];
    means.top1.add(score.top1);
    means.rank.add(score.rank);
    means.palette.add(score.palette_top1);
    if (with_near)
      means.near.add(world::FaceCandidates(e.episode.scene, pose, q.face, true)
                         .score(bytes_of(frame), e.palette)
                         .top1);
  }
  Means all;
  for (const auto& [frame, means] : by_frame) {
    all.top1.add(means.top1.value());
    all.rank.add(means.rank.value());
    all.palette.add(means.palette.value());
    if (with_near) all.near.add(means.near.value());
  }
  return {all.top1.value(), all.rank.value(), all.palette.value(), all.near.value(), out.dropped};
}

// src_c: centred cosine between the first visit (given) and the second (generated), mean over
// visits.
double centred_src(const RowContext& c, const RevisitEpisode& e, const at::Tensor& frames,
                   int64_t first) {
  if (e.visits.empty()) return kNaN;
  std::vector<at::Tensor> then, now;
  for (const auto& v : e.visits) {
    then.push_back(e.frames[v.first]);
    now.push_back(frames[v.frame - first]);
  }
  const auto a = features(c.resnet, at::stack(then)) - c.mean_feature,
             b = features(c.resnet, at::stack(now)) - c.mean_feature;
  return 100 * at::cosine_similarity(a, b, 1).mean().item<double>();
}

class Row {
 public:
  Row(const RowContext& c, RowKind kind, const RevisitSetup& setup,
      const std::vector<RevisitEpisode>& episodes, LearnedMemories& learned)
      : c_(c),
        kind_(kind),
        setup_(setup),
        episodes_(episodes),
        learned_(learned),
        chunk_frames_(episodes.front().episode.scene.config.frames) {}

  RowResult run() {
    RowResult result;
    result.episodes.resize(episodes_.size());
    if (kind_ == RowKind::Truth) {
      std::vector<at::Tensor> all;
      for (size_t e = 0; e < episodes_.size(); ++e) {
        const auto back =
            show(c_.vae, episodes_[e].latents.narrow(0, first_frame(), frames_back()));
        score_free(result.episodes[e], episodes_[e], back);
        score_given_past(result.episodes[e], episodes_[e], back, back);
        all.push_back(back);
      }
      result.frames = at::stack(all);
      return result;
    }
    start();
    learn_way_out();
    const auto free = generate_way_back();
    run_->rewind(setup_.given);
    predict_from_truth();
    std::vector<at::Tensor> all;
    for (size_t e = 0; e < episodes_.size(); ++e) {
      const auto row = static_cast<int64_t>(e);
      const auto back = show(c_.vae, free[row]);
      auto& scores = result.episodes[e];
      score_free(scores, episodes_[e], back);
      score_given_past(scores, episodes_[e], show(c_.vae, one_step_[row]),
                       show(c_.vae, guided_[row]));
      const double rows = static_cast<double>(episodes_.size());
      scores["sampling_sec"] =
          sampling_sec_ / static_cast<double>(setup_.chunks - setup_.given) / rows;
      scores["learning_sec"] =
          chunks_learned_ ? learning_sec_ / static_cast<double>(chunks_learned_) / rows : 0;
      all.push_back(back);
    }
    result.frames = at::stack(all);
    return result;
  }

 private:
  int64_t first_frame() const { return setup_.given * chunk_frames_; }
  int64_t frames_back() const { return (setup_.chunks - setup_.given) * chunk_frames_; }

  std::vector<episode::Action> actions(int64_t chunk) const {
    std::vector<episode::Action> out;
    for (const auto& e : episodes_) out.push_back(e.actions[static_cast<size_t>(chunk)]);
    return out;
  }

  at::Tensor true_chunk(int64_t chunk) const {
    std::vector<at::Tensor> rows;
    for (const auto& e : episodes_)
      rows.push_back(e.latents.narrow(0, chunk * chunk_frames_, chunk_frames_));
    return at::stack(rows);
  }

  void start() {
    auto settings = c_.settings;
    settings.use_fast = kind_ != RowKind::None;
    if (kind_ == RowKind::Paper) settings.fast = fast::FastSettings{};
    // A memory that is emptied after every chunk knows the last chunk alone.
    if (kind_ == RowKind::Reset) settings.fast.source = fast::Source::Local;
    std::vector<std::string> names;
    for (const auto& e : episodes_) names.push_back(e.episode.id);
    run_.emplace(c_.pipeline, settings, names);
  }

  void learn_way_out() {
    const bool known = kind_ == RowKind::Swapped && learned_.theta.defined();
    for (int64_t k = 0; k < setup_.given; ++k) {
      require(!stop_requested(), ErrorKind::Stopped,
              "stopped: --resume goes on with this batch of episodes");
      run_->append(true_chunk(k), actions(k), k > 0);
      // A memory that is emptied after every chunk needs the last one alone.
      const bool matters =
          k > 0 && run_->memory() && !known && (kind_ != RowKind::Reset || k + 1 == setup_.given);
      if (matters) learn();
    }
    if (kind_ == RowKind::TempLora)
      learned_.theta = run_->memory()->parameters().values.detach().clone();
    if (known) {
      at::NoGradGuard no_grad;
      run_->memory()->parameters().values.copy_(learned_.theta);
    }
    if (kind_ == RowKind::Swapped) run_->swap_memories();
  }

  void learn() {
    if (kind_ == RowKind::Reset) run_->memory()->reset(c_.settings.seed);
    Timer timer(learning_sec_);
    run_->learn();
    ++chunks_learned_;
  }

  // [E, G, C, h, w]
  at::Tensor generate_way_back() {
    std::vector<at::Tensor> chunks;
    for (int64_t k = setup_.given; k < setup_.chunks; ++k) {
      {
        Timer timer(sampling_sec_);
        chunks.push_back(run_->generate(actions(k)));
      }
      run_->append(chunks.back(), actions(k), true);
      if (c_.learn_return && run_->memory() && kind_ != RowKind::Swapped && k + 1 < setup_.chunks)
        learn();
    }
    return at::cat(chunks, 1);
  }

  // Each chunk of the way back from its true past: by one step from noise, and by the whole
  // sampler.
  void predict_from_truth() {
    std::vector<at::Tensor> one_step, guided;
    for (int64_t k = setup_.given; k < setup_.chunks; ++k) {
      one_step.push_back(run_->predict_one_step(actions(k)));
      guided.push_back(run_->generate(actions(k)));
      run_->append(true_chunk(k), actions(k), false);
    }
    one_step_ = at::cat(one_step, 1);
    guided_ = at::cat(guided, 1);
  }

  void score_free(Scores& scores, const RevisitEpisode& e, const at::Tensor& back) const {
    const auto memory = recall(e, e.memory_queries, back, first_frame(), true);
    scores["recall_v1"] = memory.top1;
    scores["recall_near_v1"] = memory.near;
    scores["recall_rank"] = memory.rank;
    scores["recall_palette"] = memory.palette;
    scores["queries"] = static_cast<double>(e.memory_queries.size());
    scores["queries_dropped"] = memory.dropped;
    const auto known = known_columns(c_.columns, back);
    scores["maze_v1"] = share(known);
    scores["maze_end_v1"] = share(known.narrow(0, back.size(0) - chunk_frames_, chunk_frames_));
    scores["src_c_rand"] = centred_src(c_, e, back, first_frame());
    Mean revisit;
    int last = -1;
    for (const auto& q : e.memory_queries) {
      if (q.frame != last) revisit.add(psnr(back[q.frame - first_frame()], e.frames[q.frame]));
      last = q.frame;
    }
    scores["revisit_psnr"] = revisit.value();
  }

  void score_given_past(Scores& scores, const RevisitEpisode& e, const at::Tensor& one_step,
                        const at::Tensor& guided) const {
    const auto step = recall(e, e.memory_queries, one_step, first_frame(), false);
    scores["recall_step_v1"] = step.top1;
    scores["recall_step_rank"] = step.rank;
    scores["recall_past_v1"] = recall(e, e.memory_queries, guided, first_frame(), false).top1;
    scores["context_recall_v1"] = recall(e, e.context_queries, guided, first_frame(), false).top1;
    Mean right, wrong;
    for (int64_t k = setup_.given; k < setup_.chunks; ++k) {
      const auto other = wrong_action_frames(e, k);
      if (!other.defined()) continue;
      const auto made = guided.narrow(0, k * chunk_frames_ - first_frame(), chunk_frames_);
      right.add(psnr(made, e.frames.narrow(0, k * chunk_frames_, chunk_frames_)));
      wrong.add(psnr(made, other));
    }
    scores["action_right_psnr"] = right.value();
    scores["action_wrong_psnr"] = wrong.value();
  }

  const RowContext& c_;
  RowKind kind_;
  const RevisitSetup& setup_;
  const std::vector<RevisitEpisode>& episodes_;
  LearnedMemories& learned_;
  int64_t chunk_frames_;
  std::optional<episode::EpisodeRun> run_;
  at::Tensor one_step_, guided_;
  double sampling_sec_ = 0, learning_sec_ = 0;
  int64_t chunks_learned_ = 0;
};

}  // namespace

const char* meaning_of(RowKind row) {
  switch (row) {
    case RowKind::Truth:
      return "the true frames through the autoencoder: the ceiling";
    case RowKind::None:
      return "the base model alone";
    case RowKind::TempLora:
      return "fast learning with the model's settings";
    case RowKind::Reset:
      return "the same, the memory emptied after every chunk";
    case RowKind::Swapped:
      return "the same, each episode with the memory of another one";
    case RowKind::Paper:
      return "fast learning in the paper's own form";
  }
  fail(ErrorKind::Internal, "a row without a meaning");
}

RowResult run_row(const RowContext& c, RowKind row, const RevisitSetup& setup,
                  const std::vector<RevisitEpisode>& episodes, LearnedMemories& learned) {
  return Row(c, row, setup, episodes, learned).run();
}

}  // namespace svg::eval
