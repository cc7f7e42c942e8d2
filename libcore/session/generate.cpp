#include "libcore/session/generate.h"

#include <ATen/ATen.h>
#include <c10/util/accumulate.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "libcore/base/log.h"
#include "libcore/base/progress.h"
#include "libcore/base/signals.h"
#include "libcore/episode/chunk_learner.h"
#include "libcore/episode/episode_footprint.h"
#include "libcore/episode/generated_episode.h"
#include "libcore/model/pipeline.h"
#include "libcore/session/estimate_report.h"
#include "libcore/session/guard.h"
#include "libcore/tensor/runtime.h"
#include "libcore/tensor/stopwatch.h"

namespace svg::session {

namespace {

episode::RunSettings resolve(const GenerateOptions& o, const ModelDirectory& files, uint64_t seed) {
  episode::RunSettings s = episode::run_settings_of(files, o.run);
  s.use_fast = !o.no_fast;
  s.seed = seed;
  return s;
}

using Episodes = std::vector<std::unique_ptr<episode::GeneratedEpisode>>;

// Episodes in step: chunk by chunk, all of them. Their openings have chunks of one shape, and they
// have as many actions, unless there is one alone, whose actions may still be written while it goes
// on.
class Generation {
 public:
  // `replay`: as of fast::StepChooser. `to_stdout`: there is nothing that a stopped run could be
  // taken up from.
  Generation(const episode::GenerationContext& c, Episodes episodes,
             const std::map<int64_t, fast::ChunkDraws>& draws, const std::string& replay,
             bool to_stdout)
      : c_(c),
        episodes_(std::move(episodes)),
        draws_(draws),
        steps_(c.settings.fast, replay),
        to_stdout_(to_stdout),
        run_(c.pipeline, c.settings, names()) {}

  void run() {
    each([&](episode::GeneratedEpisode& e, int64_t i) {
      e.take_place(episodes_.size(), static_cast<size_t>(i));
    });
    if (std::all_of(episodes_.begin(), episodes_.end(),
                    [](const auto& e) { return e->complete(); })) {
      for (const auto& e : episodes_) log_info(cat(e->output(), " is complete already"));
      return;
    }
    begin();
    for (size_t i = 0; i < episodes_[0]->opening().size(); ++i) given_chunk(i);
    Progress progress(c_.context.progress, "chunk", 0, 0);
    size_t generated = 0;
    for (auto actions = next_actions(); !actions.empty(); actions = next_actions()) {
      one_chunk(generated++, actions);
      progress.update(run_.chunk_count());
      stop_if_asked();
    }
    each([&](episode::GeneratedEpisode& e, int64_t) { e.check_end(generated); });
    each([](episode::GeneratedEpisode& e, int64_t) {
      e.settle();
      e.finish();
    });
  }

 private:
  template <class F>
  void each(const F& f) {
    for (size_t i = 0; i < episodes_.size(); ++i) f(*episodes_[i], static_cast<int64_t>(i));
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& e : episodes_) names.push_back(e->name());
    return names;
  }

  void stop_if_asked() const {
    if (!stop_requested()) return;
    fail(ErrorKind::Stopped, "stopped after chunk ", run_.chunk_count() - 1,
         to_stdout_ ? ": standard output cannot be resumed" : ": go on with --resume");
  }

  // Weights that cannot be had are known before anything is written; where one episode cannot
  // begin, what is new of the others goes again.
  void begin() {
    each([&](episode::GeneratedEpisode& e, int64_t i) {
      if (!e.taken_up()) e.load(run_.memory(), i);
    });
    try {
      each([](episode::GeneratedEpisode& e, int64_t) { e.begin(); });
      each([](episode::GeneratedEpisode& e, int64_t) { e.begin_memory(); });
    } catch (...) {
      each([](episode::GeneratedEpisode& e, int64_t) { e.discard(); });
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
    std::vector<at::Tensor> latents;
    std::vector<episode::Action> actions;
    for (const auto& e : episodes_) {
      latents.push_back(e->opening()[i].latents);
      actions.push_back(episode::action_of(e->opening()[i].header));
    }
    extend(at::stack(latents), actions, c_.files.learn_input, std::nullopt);
    stop_if_asked();
  }

  void one_chunk(size_t i, const std::vector<episode::Action>& actions) {
    std::vector<at::Tensor> stored;
    for (size_t e = 0; e < episodes_.size(); ++e) {
      if (auto latents = episodes_[e]->stored(i, actions[e])) stored.push_back(*latents);
    }
    if (stored.size() == episodes_.size()) {
      extend(at::stack(stored), actions, true, std::nullopt);  // how long it took is not known
    } else {
      generate(i, actions);
    }
  }

  // A batch may have been stopped between its episodes: what one of them has already is made again,
  // the same, but not written again.
  void generate(size_t i, const std::vector<episode::Action>& actions) {
    each([&](episode::GeneratedEpisode& e, int64_t k) {
      if (!e.holds(i)) e.settle();
      e.load(run_.memory(), k);
    });
    const auto index = run_.chunk_count();
    const auto given = draws_.find(index);
    const Stopwatch watch(c_.pipeline.device);
    const auto past = std::min(c_.settings.past, run_.latents().size(1));
    const auto latents = given == draws_.end() ? run_.generate(actions)
                                               : run_.generate(actions, given->second.noise,
                                                               given->second.step_noise);
    const double sampling_sec = watch.seconds();
    each([&](episode::GeneratedEpisode& e, int64_t k) {
      if (!e.holds(i))
        e.write(index, actions[static_cast<size_t>(k)], latents[k].contiguous(), past);
    });
    extend(latents, actions, true, sampling_sec);
  }

  // Appends a chunk [E, F, C, h, w] that exists, as if this run had just made it. `sampling_sec`:
  // nothing where this run did not make it.
  void extend(const at::Tensor& latents, const std::vector<episode::Action>& actions,
              bool learnable, std::optional<double> sampling_sec) {
    run_.append(latents, actions, learnable);
    // Nothing stands before the first chunk: there is no X_i ++ Y_i to learn yet.
    const bool still_learning =
        !c_.files.learn_until || run_.chunk_count() <= *c_.files.learn_until;
    std::vector<episode::LearnedChunk> learned;
    double learning_sec = 0;  // and storing
    if (c_.settings.use_fast && learnable && still_learning && run_.chunk_count() > 1) {
      const Stopwatch watch(c_.pipeline.device);
      learned = learn(actions, sampling_sec);
      learning_sec = watch.seconds();
    }
    run_.forget_out_of_reach();
    if (!learned.empty() || sampling_sec.value_or(0) > 0)
      write_timings(learned, sampling_sec.value_or(0), learning_sec);
  }

  std::vector<episode::LearnedChunk> learn(const std::vector<episode::Action>& actions,
                                           std::optional<double> sampling_sec) {
    std::vector<episode::LearningEpisode> learning;
    each([&](episode::GeneratedEpisode& e, int64_t k) {
      learning.push_back(
          {e.name(), actions[static_cast<size_t>(k)].text, e.memory(), &e.provenance()});
    });
    return episode::learn_chunk(run_, learning, draws_, steps_, sampling_sec);
  }

  // Seconds of an episode: its part of what the batch took. `learning_sec` as measured, the storing
  // of revisions in it.
  void write_timings(const std::vector<episode::LearnedChunk>& learned, double sampling_sec,
                     double learning_sec) {
    const auto count = static_cast<double>(episodes_.size());
    double storing_sec = 0;
    for (const auto& l : learned) storing_sec += l.storing_sec;
    learning_sec -= storing_sec;
    ordered_json memory;  // of the whole batch
    episode::add_peak_memory(memory, c_.pipeline.device);
    each([&](episode::GeneratedEpisode& e, int64_t k) {
      const int64_t revision = learned.empty() ? 0 : learned[static_cast<size_t>(k)].revision;
      ordered_json line = {{"chunk", run_.chunk_count() - 1},
                           {"revision", revision},
                           {"sampling_sec", sampling_sec / count},
                           {"learning_sec", learning_sec / count},
                           {"learning_share", learning_sec / (sampling_sec + learning_sec)},
                           {"storing_sec", storing_sec / count}};
      line.update(memory);
      if (episodes_.size() > 1) line["episodes"] = episodes_.size();
      e.timings().write(line);
    });
  }

  episode::GenerationContext c_;
  Episodes episodes_;
  const std::map<int64_t, fast::ChunkDraws>& draws_;
  fast::StepChooser steps_;
  bool to_stdout_;
  episode::EpisodeRun run_;
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
  require(folder.empty() || std::filesystem::is_directory(folder), ErrorKind::CannotCreate,
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
      .settings = episode::run_settings_of(files, o.run),
      .checkpoint_activations = o.run.checkpoint_activations,
      .samples = true,
      .learns = !o.no_fast,
      .episodes = o.episodes.empty() || o.batch == 0 ? count : std::min(o.batch, count)};
  return episode::chunk_footprint(files, work, largest, target, context);
}

Report generate(const GenerateOptions& o, Context& context) {
  if (o.estimate.estimate) return report_of(estimate(o, context));
  const auto device = apply_runtime(context);
  if (device.is_cuda()) footprint::check_fits(estimate(o, context));  // before gigabytes are read
  auto pipeline = load_pipeline(o.model, dtype_from(context.dtype), device, o.run.loras);
  episode::set_checkpointing(pipeline, o.run);
  const auto settings = resolve(o, pipeline.files, context.seed);
  const auto draws = o.files.draws.empty() ? std::map<int64_t, fast::ChunkDraws>()
                                           : fast::read_draws(o.files.draws);
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
  for (auto& batch : batches)
    Generation(c, std::move(batch), draws, o.run.replay, !many && o.output == "-").run();
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
