#include "libcore/eval/revisit/rows.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <optional>

#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/signals.h"
#include "libcore/eval/revisit/viewpoint.h"
#include "libcore/tensor/pixels.h"
#include "libcore/tensor/stopwatch.h"

namespace svg::eval {

namespace {

struct Timer {
  double* total;
  Clock::time_point start = Clock::now();
  explicit Timer(double& to) : total(&to) {}
  ~Timer() { *total += seconds_since(start); }
};

// u8 [F, H, W, 3] of latents [F, C, h, w]
at::Tensor show(const AutoencoderKL& vae, const at::Tensor& latents) {
  at::NoGradGuard no_grad;
  return bytes_from_pixels(decode(vae, unscale_latents(vae.config, latents)));
}

std::string hash_of(const NamedTensors& delta) {
  std::vector<std::byte> bytes;
  for (const auto& [name, tensor] : delta) {
    const auto values = tensor.contiguous();
    const auto* data = static_cast<const std::byte*>(values.const_data_ptr());
    bytes.insert(bytes.end(), data, data + values.nbytes());
  }
  return "sha256:" + sha256_hex(bytes);
}

// The settings of a row, where they differ from those of "temp-lora".
episode::RunSettings settings_of(RowKind kind, episode::RunSettings settings) {
  settings.use_fast = kind != RowKind::None && kind != RowKind::Oracle;
  if (kind == RowKind::Paper) settings.fast = fast::FastSettings{};
  if (kind == RowKind::Consecutive) settings.fast.objective = fast::Objective::Consecutive;
  // A memory that is emptied after every chunk knows the last chunk alone.
  if (kind == RowKind::Reset || kind == RowKind::Local) settings.fast.source = fast::Source::Local;
  if (kind == RowKind::OnePast) settings.past = std::min<int64_t>(1, settings.past);
  return settings;
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
        chunk_frames_(episodes.front().chunk_frames) {}

  RowResult run() {
    RowResult result;
    result.episodes.resize(episodes_.size());
    if (!needs_model(kind_)) return looked_up(std::move(result));
    Pipeline* pipeline = kind_ == RowKind::Loop ? c_.looped : c_.pipeline;
    require(pipeline && c_.vae, ErrorKind::Internal, "a row that generates without a model");
    run_.emplace(*pipeline, settings_of(kind_, c_.settings), names());
    std::vector<at::Tensor> chunks = way_out();
    remember(result);
    way_back(chunks);
    const bool from_truth = !setup_.own && episodes_.front().world;
    if (from_truth) {
      run_->rewind(setup_.turn);
      predict_from_truth();
    }
    const auto made = at::cat(chunks, 1);  // [E, n, C, h, w], whole episodes
    std::vector<at::Tensor> backs;
    for (size_t e = 0; e < episodes_.size(); ++e) {
      const auto row = static_cast<int64_t>(e);
      auto& scores = result.episodes[e];
      const Pictures all{show(*c_.vae, made[row])}, back = all.from(first_frame());
      score_free(scores, c_.scores, episodes_[e], back);
      if (setup_.own || !episodes_[e].world) score_self(scores, c_.scores, episodes_[e], all);
      if (from_truth)
        score_given_past(scores, episodes_[e], {show(*c_.vae, one_step_[row]), first_frame()},
                         {show(*c_.vae, sampled_[row]), first_frame()});
      const double rows = static_cast<double>(episodes_.size());
      scores["sampling_sec"] = sampling_sec_ / static_cast<double>(chunks_sampled_) / rows;
      scores["learning_sec"] =
          chunks_learned_ ? learning_sec_ / static_cast<double>(chunks_learned_) / rows : 0;
      backs.push_back(back.frames);
    }
    result.frames = at::stack(backs);
    return result;
  }

 private:
  int64_t first_frame() const { return setup_.turn * chunk_frames_; }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& e : episodes_) names.push_back(e.id);
    return names;
  }

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

  // What needs no model, whole episodes u8 [n, H, W, 3]: the true frames, those that were given
  // from the nearest pose, or what came from elsewhere.
  at::Tensor pictures_of(size_t i) const {
    const auto& e = episodes_[i];
    if (kind_ == RowKind::Generated) return c_.generated(e, static_cast<int64_t>(i));
    if (kind_ == RowKind::Unrelated) return c_.unrelated(e, static_cast<int64_t>(i));
    const auto& source = c_.vae ? e.latents : e.frames;
    auto chosen = source;
    if (kind_ == RowKind::Replay) {
      require(!e.views.empty(), ErrorKind::Config, "row replay: nobody recorded where episode ",
              e.id, " stood");
      const auto nearest = nearest_frames(e.views, first_frame(), source.size(0), e.places);
      chosen = at::cat({source.narrow(0, 0, first_frame()),
                        source.index_select(0, at::tensor(nearest, at::kLong))});
    }
    return c_.vae ? show(*c_.vae, chosen) : chosen;
  }

  RowResult looked_up(RowResult result) const {
    std::vector<at::Tensor> backs;
    for (size_t i = 0; i < episodes_.size(); ++i) {
      const auto& e = episodes_[i];
      const Pictures all{pictures_of(i)}, back = all.from(first_frame());
      score_free(result.episodes[i], c_.scores, e, back);
      if (setup_.own || kind_ == RowKind::Generated || !e.world)
        score_self(result.episodes[i], c_.scores, e, all);
      if (!setup_.own && kind_ == RowKind::Truth)
        score_given_past(result.episodes[i], e, back, back);
      backs.push_back(back.frames);
    }
    result.frames = at::stack(backs);
    return result;
  }

  // The chunks up to where it turns back, given or (RevisitSetup::own) generated, and learned.
  std::vector<at::Tensor> way_out() {
    const bool known = kind_ == RowKind::Swapped && learned_.theta.defined();
    std::vector<at::Tensor> chunks;
    for (int64_t k = 0; k < setup_.turn; ++k) {
      check_stop();
      chunks.push_back(k < setup_.given ? true_chunk(k) : sampled(k));
      run_->append(chunks.back(), actions(k), k > 0);
      // A memory that is emptied after every chunk needs the last one alone, unless it is used
      // meanwhile.
      const bool matters =
          k > 0 && !known && (kind_ != RowKind::Reset || setup_.own || k + 1 == setup_.turn);
      if (matters) learn(k >= setup_.given);
    }
    // Memories that were used on the way out belong to other walks than those of "temp-lora".
    if (kind_ == RowKind::TempLora && !setup_.own)
      learned_.theta = run_->memory()->parameters().values.detach().clone();
    if (known) {
      at::NoGradGuard no_grad;
      run_->memory()->parameters().values.copy_(learned_.theta);
    }
    if (kind_ == RowKind::Swapped) run_->swap_memories();
    return chunks;
  }

  void remember(RowResult& result) {
    if (auto* memory = run_->memory()) {
      for (int64_t e = 0; e < static_cast<int64_t>(episodes_.size()); ++e)
        result.memories.push_back(hash_of(memory->delta(e)));
      result.chunks_learned = kind_ == RowKind::Reset ? 1 : setup_.turn - 1;
    }
  }

  static void check_stop() {
    require(!stop_requested(), ErrorKind::Stopped,
            "stopped: --resume goes on with this batch of episodes");
  }

  void learn(bool own) {
    if (!run_->memory()) return;
    if (kind_ == RowKind::Reset) run_->memory()->reset(c_.settings.seed);
    Timer timer(learning_sec_);
    run_->learn({}, {}, own);
    ++chunks_learned_;
  }

  at::Tensor sampled(int64_t chunk) {
    check_stop();
    Timer timer(sampling_sec_);
    ++chunks_sampled_;
    if (kind_ == RowKind::Oracle) return beside_first_visit(chunk);
    return run_->generate(actions(chunk));
  }

  // Half of the context is what was given from the nearest poses to those of the chunk, the other
  // half the last frames.
  at::Tensor beside_first_visit(int64_t chunk) {
    const int64_t past = c_.settings.past, looked_up = past / 2;
    const auto before = run_->latents();
    std::vector<at::Tensor> rows;
    for (const auto& e : episodes_) {
      require(!e.views.empty(), ErrorKind::Config, "row oracle: nobody recorded where episode ",
              e.id, " stood");
      const auto frames =
          nearest_frames(e.views, first_frame(), (chunk + 1) * chunk_frames_, e.places);
      const auto count = static_cast<int64_t>(frames.size());
      std::vector<int64_t> kept;  // spread over the chunk, its last frame for sure
      for (int64_t i = 1; i <= looked_up; ++i)
        kept.push_back(
            frames[static_cast<size_t>(count - chunk_frames_ + i * chunk_frames_ / looked_up - 1)]);
      rows.push_back(e.latents.index_select(0, at::tensor(kept, at::kLong)));
    }
    const auto last = before.narrow(1, before.size(1) - (past - looked_up), past - looked_up);
    run_->append(at::cat({at::stack(rows), last}, 1), actions(chunk), false);
    auto made = run_->generate(actions(chunk));
    run_->rewind(chunk);
    return made;
  }

  void way_back(std::vector<at::Tensor>& chunks) {
    for (int64_t k = setup_.turn; k < setup_.chunks; ++k) {
      chunks.push_back(sampled(k));
      run_->append(chunks.back(), actions(k), true);
      const bool learns = c_.learn_return && kind_ != RowKind::Swapped && k + 1 < setup_.chunks;
      if (learns) learn(true);
    }
  }

  // Each chunk of the way back from its true past: by one step from noise, and by the whole
  // sampler.
  void predict_from_truth() {
    std::vector<at::Tensor> one_step, sampled;
    for (int64_t k = setup_.turn; k < setup_.chunks; ++k) {
      check_stop();
      one_step.push_back(run_->predict_one_step(actions(k)));
      sampled.push_back(run_->generate(actions(k)));
      run_->append(true_chunk(k), actions(k), false);
    }
    one_step_ = at::cat(one_step, 1);
    sampled_ = at::cat(sampled, 1);
  }

  const RowContext& c_;
  RowKind kind_;
  const RevisitSetup& setup_;
  const std::vector<RevisitEpisode>& episodes_;
  LearnedMemories& learned_;
  int64_t chunk_frames_;
  std::optional<episode::EpisodeRun> run_;
  at::Tensor one_step_, sampled_;
  double sampling_sec_ = 0, learning_sec_ = 0;
  int64_t chunks_learned_ = 0, chunks_sampled_ = 0;
};

}  // namespace

RowResult run_row(const RowContext& c, RowKind row, const RevisitSetup& setup,
                  const std::vector<RevisitEpisode>& episodes, LearnedMemories& learned) {
  return Row(c, row, setup, episodes, learned).run();
}

}  // namespace svg::eval
