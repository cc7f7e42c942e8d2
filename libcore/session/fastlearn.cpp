#include "libcore/session/fastlearn.h"

#include <ATen/ATen.h>

#include "formats/provenance.h"
#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/log.h"
#include "libcore/base/progress.h"
#include "libcore/base/signals.h"
#include "libcore/episode/episode_batch.h"
#include "libcore/episode/episode_footprint.h"
#include "libcore/session/estimate_report.h"
#include "libcore/session/guard.h"
#include "libcore/tensor/runtime.h"

namespace svg::session {

namespace {

episode::RunSettings resolve(const FastlearnOptions& o, const ModelDirectory& files,
                             uint64_t seed) {
  episode::RunSettings s = episode::run_settings_of(files, o.run.settings);
  s.seed = seed;
  return s;
}

footprint::Footprint estimate(const FastlearnOptions& o, const Context& context) {
  const formats::ModelDirectory files(o.model);
  const auto& target = o.estimate.target;
  const auto first = episode::first_chunk_of(o.input);
  episode::ChunkWork work{.settings = episode::run_settings_of(files, o.run.settings),
                          .checkpoint_activations = o.run.checkpoint_activations,
                          .samples = false};
  if (first) work.settings.future = first->front();
  return episode::chunk_footprint(files, work, episode::frame_of_input(files, target.size, first),
                                  target, context);
}

Pipeline load(const FastlearnOptions& o, Context& context) {
  const auto device = apply_runtime(context);
  if (device.is_cuda()) footprint::check_fits(estimate(o, context));  // before gigabytes are read
  return load_pipeline(o.model, dtype_from(context.dtype), device, o.run.loras);
}

class FastLearning {
 public:
  FastLearning(const FastlearnOptions& o, Context& context)
      : o_(o),
        context_(context),
        pipeline_(load(o, context)),
        settings_(resolve(o, pipeline_.files, context.seed)),
        memory_(o.memory, settings_.fast, pipeline_.unet_fingerprint) {
    episode::set_checkpointing(pipeline_, o.run.checkpoint_activations);
    require(!o.run.replay.empty() || settings_.fast.budget.find('%') == std::string::npos,
            ErrorKind::Usage, "--fast-budget ", settings_.fast.budget,
            ": nothing is sampled here that it could be a share of: give seconds a chunk, such as "
            "0.2s");
    batch_settings_.replay = o.run.replay;
    if (!o.files.draws.empty()) batch_settings_.draws = fast::read_draws(o.files.draws);
  }

  void run() {
    episode::StreamSource source(o_.input, pipeline_.latent_space);
    Progress progress(context_.progress, "chunk", 0);
    while (auto chunk = source.next()) {
      if (!batch_) begin(*source.header(), chunk->header.episode);
      take(*chunk);
      progress.update(batch_->chunk_count());
      require(!stop_requested(), ErrorKind::Stopped, "stopped after chunk ",
              batch_->chunk_count() - 1, ": go on with --resume");
    }
    require(batch_.has_value(), source.cut_off() ? ErrorKind::Data : ErrorKind::NoInput,
            source.name(), ": holds no chunk");
    if (o_.files.resume) {
      // settle() would take back what a longer stream has taught.
      require(!memory_.has_more(), ErrorKind::Config, memory_.dir(),
              ": has learned more chunks than ", source.name(),
              " holds: use the same stream, or start anew without --resume");
      memory_.settle(provenance_);
    }
    if (memory_.learned() == 0)
      log_warn(cat(source.name(), ": nothing was learned from its ", batch_->chunk_count(),
                   o_.files.learn_input ? " chunks: a chunk is learned with the one before it"
                                        : " chunks: --no-learn-input leaves out those that are "
                                          "marked as input"));
    require(!source.cut_off() || o_.files.salvage, ErrorKind::Data, source.name(),
            ": cut off; its ", batch_->chunk_count(),
            " whole chunks were taken: use --salvage to accept that");
  }

 private:
  // The first chunk names the episode.
  void begin(const formats::StreamHeader& header, const std::string& episode) {
    stream_ = header.provenance;
    if (o_.files.resume) memory_.take_up([&] { return make_provenance(); });
    require(o_.init.empty() || memory_.start().revision == 0, ErrorKind::Config, "--init ", o_.init,
            ": ", memory_.dir(),
            " holds something already: name a new --memory, or leave --init out");
    provenance_ = make_provenance();
    batch_.emplace(pipeline_, settings_,
                   std::vector<episode::BatchMember>{{episode, &memory_, &provenance_, &timings_}},
                   batch_settings_);
    memory_.create(
        fast::memory_info(settings_.fast, pipeline_.unet_fingerprint, o_.files.keep, provenance_));
    batch_->load();
    if (!o_.init.empty()) fast::load_lora(o_.init, *batch_->run().memory());
    timings_.open(o_.files.timings, memory_.dir());
  }

  void take(const episode::LatentChunk& chunk) {
    // What was given to a generation is not learned unless asked for, as there.
    const bool learnable = o_.files.learn_input || chunk.header.role != formats::Role::Input;
    const bool own = chunk.header.role == formats::Role::Generated;
    for (const auto& learned : batch_->append({chunk}, learnable, {.own = own})) {
      if (!o_.on_chunk) continue;
      o_.on_chunk({.revision = learned.revision,
                   .chunk = batch_->chunk_count() - 1,
                   .action = chunk.header.action,
                   .loss_before = learned.loss_before,
                   .loss_after = learned.loss_after,
                   .steps = learned.steps,
                   .loss = learned.loss,
                   .norm = learned.norm});
    }
  }

  ordered_json make_provenance() const {
    ordered_json settings = {{"past", settings_.past},
                             {"fast", to_json(settings_.fast)},
                             {"learn_input", o_.files.learn_input},
                             {"dtype", name_of(context_.dtype)}};
    ordered_json inputs = {{"unet", pipeline_.unet_fingerprint},
                           {"vae", pipeline_.latent_space.fingerprint}};
    if (!o_.init.empty()) inputs["init"] = "sha256:" + sha256_hex_of_file(o_.init);
    if (!o_.files.draws.empty()) inputs["draws"] = "sha256:" + sha256_hex_of_file(o_.files.draws);
    memory_.note_start(settings, inputs);
    return formats::make_provenance(context_.tool, settings, context_.seed, inputs, stream_);
  }

  const FastlearnOptions& o_;
  Context& context_;
  Pipeline pipeline_;
  episode::RunSettings settings_;
  fast::MemoryDirectory memory_;
  episode::BatchSettings batch_settings_;
  ordered_json stream_, provenance_;
  std::optional<episode::EpisodeBatch> batch_;
  episode::Timings timings_;
};

Report fastlearn(const FastlearnOptions& o, Context& context) {
  if (o.estimate.estimate) return report_of(estimate(o, context));
  FastLearning(o, context).run();
  return {};
}

}  // namespace

}  // namespace svg::session

void svg_fastlearn_session(const svg::session::FastlearnOptions& options, svg::Context& context,
                           svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::fastlearn(options, context); });
}
