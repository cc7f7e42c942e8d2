#include "libcore/session/generate.h"

#include <ATen/ATen.h>
#include <c10/util/accumulate.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "libcore/base/log.h"
#include "libcore/base/progress.h"
#include "libcore/base/signals.h"
#include "libcore/episode/episode_batch.h"
#include "libcore/episode/episode_footprint.h"
#include "libcore/episode/generated_episode.h"
#include "libcore/episode/preview.h"
#include "libcore/model/pipeline.h"
#include "libcore/session/estimate_report.h"
#include "libcore/session/guard.h"
#include "libcore/tensor/runtime.h"

namespace svg::session {

namespace {

episode::RunSettings resolve(const GenerateOptions& o, const ModelDirectory& files, uint64_t seed) {
  episode::RunSettings s = episode::run_settings_of(files, o.run.settings);
  s.use_fast = !o.no_fast;
  s.seed = seed;
  return s;
}

using Episodes = std::vector<std::unique_ptr<episode::GeneratedEpisode>>;

std::vector<episode::BatchMember> members_of(const Episodes& episodes) {
  std::vector<episode::BatchMember> members;
  for (const auto& e : episodes)
    members.push_back({e->name(), e->memory(), &e->provenance(), &e->timings()});
  return members;
}

// A batch of episodes and their files: chunk by chunk, all of them. Their openings have chunks of
// one shape, and they have as many actions, unless there is one alone, whose actions may still be
// written while it goes on.
class Generation {
 public:
  // `to_stdout`: there is nothing that a stopped run could be taken up from. `preview`: of the
  // first episode; null: none.
  Generation(const episode::GenerationContext& c, Episodes episodes,
             const episode::BatchSettings& settings, bool to_stdout, episode::Preview* preview)
      : c_(c),
        episodes_(std::move(episodes)),
        to_stdout_(to_stdout),
        preview_(preview),
        batch_(c.pipeline, c.settings, members_of(episodes_), settings) {}

  void run() {
    each([&](episode::GeneratedEpisode& e, size_t i) { e.take_place(episodes_.size(), i); });
    // A plan that has grown since the output was finished goes on from there.
    each([](episode::GeneratedEpisode& e, size_t) {
      if (e.complete() && !e.plan_is_done()) e.reopen();
    });
    if (std::all_of(episodes_.begin(), episodes_.end(),
                    [](const auto& e) { return e->complete(); })) {
      for (const auto& e : episodes_) log_info(cat(e->output(), " is complete already"));
      return;
    }
    begin();
    for (size_t i = 0; i < episodes_[0]->opening().size(); ++i) given_chunk(i);
    Progress progress(c_.context.progress, "chunk", chunks_to_come(), first_to_generate());
    size_t generated = 0;
    for (auto actions = next_actions(); !actions.empty(); actions = next_actions()) {
      one_chunk(generated++, actions);
      progress.update(batch_.chunk_count());
      stop_if_asked();
    }
    if (generated == 0)
      log_warn(cat(episodes_[0]->actions(), ": holds no action: no chunk was generated"));
    each([&](episode::GeneratedEpisode& e, size_t) { e.check_end(generated); });
    each([](episode::GeneratedEpisode& e, size_t) {
      e.settle();
      e.finish();
    });
  }

 private:
  template <class F>
  void each(const F& f) {
    for (size_t i = 0; i < episodes_.size(); ++i) f(*episodes_[i], i);
  }

  // How many chunks the episode will have, as far as its actions stand there now; 0: not known.
  int64_t chunks_to_come() const {
    const auto actions = episodes_[0]->actions_so_far();
    return actions ? static_cast<int64_t>(episodes_[0]->opening().size() + *actions) : 0;
  }

  // Behind what was given and what a stopped run has made.
  int64_t first_to_generate() const {
    return static_cast<int64_t>(episodes_[0]->opening().size() + episodes_[0]->stored_count());
  }

  void stop_if_asked() const {
    if (!stop_requested()) return;
    fail(ErrorKind::Stopped, "stopped after chunk ", batch_.chunk_count() - 1,
         to_stdout_ ? ": standard output cannot be resumed" : ": go on with --resume");
  }

  // Weights that cannot be had are known before anything is written; where one episode cannot
  // begin, what is new of the others goes again.
  void begin() {
    each([&](episode::GeneratedEpisode& e, size_t i) {
      if (!e.taken_up()) batch_.load(i);
    });
    try {
      each([](episode::GeneratedEpisode& e, size_t) { e.begin(); });
      each([](episode::GeneratedEpisode& e, size_t) { e.begin_memory(); });
    } catch (...) {
      each([](episode::GeneratedEpisode& e, size_t) { e.discard(); });
      throw;
    }
  }

  // One for each episode; none at the end.
  std::vector<episode::Action> next_actions() {
    std::vector<episode::Action> actions;
    for (const auto& e : episodes_) {
      if (auto action = e->next_action()) actions.push_back(std::move(*action));
    }
    return actions;
  }

  void given_chunk(size_t i) {
    std::vector<episode::LatentChunk> chunks;
    for (const auto& e : episodes_) chunks.push_back(e->opening()[i]);
    show(chunks);
    batch_.append(chunks, c_.files.learn_input);
    stop_if_asked();
  }

  void one_chunk(size_t i, const std::vector<episode::Action>& actions) {
    std::vector<episode::LatentChunk> stored;
    for (size_t e = 0; e < episodes_.size(); ++e) {
      if (const auto* chunk = episodes_[e]->stored(i, actions[e])) stored.push_back(*chunk);
    }
    if (stored.size() == episodes_.size()) {
      show(stored);
      batch_.append(stored, true, {.own = true});  // how long it took is not known
    } else {
      generate(i, actions);
    }
  }

  // A batch may have been stopped between its episodes: what one of them has already is made again,
  // the same, but not written again.
  void generate(size_t i, const std::vector<episode::Action>& actions) {
    each([&](episode::GeneratedEpisode& e, size_t) {
      if (!e.holds(i)) e.settle();
    });
    const auto made = batch_.generate(actions);
    each([&](episode::GeneratedEpisode& e, size_t k) {
      if (!e.holds(i)) e.write(made.chunks[k]);
    });
    show(made.chunks);
    batch_.append(made.chunks, true, {.own = true, .sampling_sec = made.sampling_sec});
  }

  void show(const std::vector<episode::LatentChunk>& chunks) {
    if (preview_) preview_->add(chunks[0].latents);
  }

  episode::GenerationContext c_;
  Episodes episodes_;
  bool to_stdout_;
  episode::Preview* preview_;
  episode::EpisodeBatch batch_;
};

// What episodes have in common that can go in step: the shapes of their openings, how many chunks
// follow, and the age of their memories, because Adam's steps are counted once for all.
std::string shape_of(episode::GeneratedEpisode& e) {
  std::string shape =
      cat(e.action_count(), " ", e.memory() ? std::to_string(e.memory()->start().steps) : "none");
  for (const auto& chunk : e.opening()) {
    for (const auto n : chunk.latents.sizes()) shape += " " + std::to_string(n);
  }
  return shape;
}

// Batches of at most `most` episodes (0: any number), in the order of the file.
std::vector<Episodes> batches_of(Episodes episodes, int64_t most) {
  std::vector<std::pair<std::string, Episodes>> batches;
  for (auto& e : episodes) {
    const auto shape = shape_of(*e);
    const auto open = std::find_if(batches.begin(), batches.end(), [&](const auto& b) {
      return b.first == shape && (most == 0 || static_cast<int64_t>(b.second.size()) < most);
    });
    auto& batch = open != batches.end() ? *open : batches.emplace_back(shape, Episodes());
    batch.second.push_back(std::move(e));
  }
  std::vector<Episodes> out;
  for (auto& [shape, batch] : batches) out.push_back(std::move(batch));
  return out;
}

// Where a later batch writes is looked at before the first one begins.
void check_folder_of(const std::string& output) {
  const auto folder = std::filesystem::path(output).parent_path();
  std::error_code unseen;
  require(folder.empty() || std::filesystem::is_directory(folder, unseen), ErrorKind::CannotCreate,
          "cannot create ", output, ": ", folder.string(), " is no directory");
}

// Settings under which the steps of a chunk are not known beforehand.
void check_steps(const GenerateOptions& o, const episode::RunSettings& s, bool many) {
  if (!s.use_fast) return;
  const bool budget = !s.fast.budget.empty();
  require(!many || !budget, ErrorKind::Usage,
          "--fast-budget and --episodes exclude each other: time is measured for one episode");
  require(!many || s.fast.until == 0, ErrorKind::Usage,
          "--fast-until and --episodes exclude each other: those in step make as many steps");
  require(
      !o.files.resume || !budget || !o.memory.empty(), ErrorKind::Usage,
      "--resume after --fast-budget needs --memory: how many steps were made stands nowhere else");
}

// The largest frame and the largest batch that there can be of many episodes: which of them go in
// step (equal openings, as many actions) is known when the model is loaded.
footprint::Footprint estimate(const GenerateOptions& o, const Context& context) {
  const formats::ModelDirectory files(o.model);
  const auto& target = o.estimate.target;
  std::vector<std::string> inputs;
  if (o.episodes.empty()) inputs.push_back(o.input);
  else
    for (const auto& request : episode::read_episode_requests(o.episodes))
      inputs.push_back(request.input);
  std::vector<int64_t> largest;
  for (const auto& input : inputs) {
    const auto frame = episode::frame_of_input(files, target.size, episode::first_chunk_of(input));
    if (largest.empty() || c10::multiply_integers(frame) > c10::multiply_integers(largest))
      largest = frame;
  }
  const auto count = static_cast<int64_t>(inputs.size());
  const episode::ChunkWork work{
      .settings = episode::run_settings_of(files, o.run.settings),
      .checkpoint_activations = o.run.checkpoint_activations,
      .samples = true,
      .learns = !o.no_fast,
      .episodes = o.episodes.empty() || o.batch == 0 ? count : std::min(o.batch, count)};
  return episode::chunk_footprint(files, work, largest, target, context);
}

Report generate(const GenerateOptions& o, Context& context) {
  if (o.estimate.estimate) return report_of(estimate(o, context));
  if (!o.preview.empty()) episode::check_preview(o.preview);
  const auto device = apply_runtime(context);
  if (device.is_cuda()) footprint::check_fits(estimate(o, context));  // before gigabytes are read
  auto pipeline = load_pipeline(o.model, dtype_from(context.dtype), device, o.run.loras);
  episode::set_checkpointing(pipeline, o.run.checkpoint_activations);
  const auto settings = resolve(o, pipeline.files, context.seed);
  episode::BatchSettings batch_settings{
      .draws = {}, .replay = o.run.replay, .learn_until = o.files.learn_until};
  if (!o.files.draws.empty()) batch_settings.draws = fast::read_draws(o.files.draws);
  const bool many = !o.episodes.empty();
  check_steps(o, settings, many);
  const auto requests =
      many ? episode::read_episode_requests(o.episodes)
           : std::vector<episode::EpisodeRequest>{
                 {.input = o.input, .actions = o.actions, .output = o.output, .memory = o.memory}};
  const episode::GenerationContext c{o.files, context, pipeline, settings};
  if (many) {
    for (const auto& request : requests) check_folder_of(request.output);
  }
  Episodes episodes;
  for (const auto& request : requests)
    episodes.push_back(std::make_unique<episode::GeneratedEpisode>(request, c));
  std::string cut_off;
  for (const auto& e : episodes)
    cut_off += e->cut_off() ? (cut_off.empty() ? "" : ", ") + e->input() : "";
  std::vector<Episodes> batches;
  if (many) {
    batches = batches_of(std::move(episodes), o.batch);
  } else {
    batches.push_back(std::move(episodes));
  }
  std::optional<episode::Preview> preview;
  if (!o.preview.empty()) preview.emplace(o.preview, o.model, context);
  for (auto& batch : batches)
    Generation(c, std::move(batch), batch_settings, !many && o.output == "-",
               preview ? &*preview : nullptr)
        .run();
  require(cut_off.empty(), ErrorKind::Data, cut_off,
          ": was cut off (no end record); use --salvage to accept that");
  return {};
}

}  // namespace

}  // namespace svg::session

void svg_generate_session(const svg::session::GenerateOptions& options, svg::Context& context,
                          svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::generate(options, context); });
}
