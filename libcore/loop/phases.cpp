#include "libcore/loop/phases.h"

#include <ATen/ATen.h>

#include <sstream>

#include "formats/provenance.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"
#include "libcore/episode/run_settings.h"
#include "libcore/fast/lora_targets.h"
#include "libcore/fast/memory_store.h"
#include "libcore/fast/start.h"
#include "libcore/footprint/meta_model.h"
#include "libcore/loop/online_memories.h"
#include "libcore/loop/stored_delta.h"
#include "libcore/loop/stored_memories.h"
#include "libcore/loop/unet_learner.h"
#include "libcore/slow/latent_cache.h"
#include "libcore/slow/slow_trainer.h"
#include "libcore/slow/train_loop.h"
#include "libcore/tensor/runtime.h"

namespace svg::loop {

namespace {

constexpr const char* kValidation = "validation_";

std::vector<std::string> streams_of(const formats::LoopStore& store) {
  std::vector<std::string> paths;
  for (const auto& e : store.episodes()) paths.push_back(store.stream_path(e.number));
  return paths;
}

std::string latents_of(const FastWork& work) {
  return work.latents.empty() ? work.store + "/latents" : work.latents;
}

std::string targets_of(const ordered_json& fast, const std::string& where) {
  return json_get<std::string>(fast, "targets", where);
}

// The settings that its memories were learned with, and where they started: not where the model
// says by now.
ordered_json fast_of(const formats::LoopStore& store) {
  auto fast = store.info().fast;
  fast["init"] = store.start_path().empty() ? fast::kNoStart : store.start_path();
  return fast;
}

// What a store of kind replay leaves out, beside it: the same settings and seed give the same
// memories.
formats::LoopStore whole_store(const std::string& path, const SlowWork& work, Context& context) {
  auto store = formats::LoopStore::open(path);
  if (store.info().kind == formats::StoreKind::Theta) return store;
  FastWork again{
      .model = work.model,
      .data = streams_of(store),
      .store = work.loop.output + "/replayed/" + sha256_hex(as_bytes_of(path)).substr(0, 8),
      .settings = {{"past", store.info().past}, {"fast", fast_of(store)}},
      .form = {.dtype = Precision::Fp32, .rank = store.info().rank, .batch = store.info().in_step},
      .shard = {},
      .resume = true};
  log_info(cat(path, ": keeps no memories: learning them again into ", again.store));
  auto as_then = context;
  as_then.seed = store.info().seed;
  fast_phase(again, as_then);
  return formats::LoopStore::open(again.store);
}

void check_store_fits(const formats::LoopStore& store, const std::string& base,
                      const std::string& model) {
  require(store.info().base == base, ErrorKind::Config, store.dir(),
          ": its memories were learned on another model (", store.info().base, "), ", model, " is ",
          base, ": run svg-loop fast with this model");
}

}  // namespace

FastPhaseReport fast_phase(const FastWork& work, Context& context) {
  const auto device = apply_runtime(context);
  const formats::ModelDirectory files(work.model);
  auto settings = episode::run_settings_of(files, work.settings);
  settings.seed = context.seed;
  require(settings.fast.until == 0 && settings.fast.budget.empty(), ErrorKind::Usage,
          "episodes of the loop learn in step: --fast-until and --fast-budget are for one episode");
  const auto space = latent_space_of(files);
  FastPhase phase{.streams = slow::encoded_data(files, work.data, latents_of(work), context),
                  .space = space,
                  .folder = work.store,
                  .info = {},
                  .targets = {},
                  .store = work.form,
                  .start = settings.fast.init,
                  .shard = work.shard,
                  .resume = work.resume,
                  .progress = context.progress};
  auto pipeline = load_pipeline(work.model, dtype_from(context.dtype), device);
  const auto form = stored_form(work.form, settings.fast.rank, settings.fast.scale());
  ordered_json inputs = {{"unet", pipeline.unet_fingerprint}, {"vae", space.fingerprint}};
  ordered_json digests = ordered_json::array();
  for (const auto& path : phase.streams) digests.push_back("sha256:" + sha256_hex_of_file(path));
  inputs["data"] = digests;
  phase.info = {.base = pipeline.unet_fingerprint,
                .vae = space.fingerprint,
                .kind = work.form.kind,
                .rank = form.rank,
                .alpha = form.alpha,
                .past = settings.past,
                .fast = to_json(settings.fast),
                .seed = context.seed,
                .episodes = count_episodes(phase.streams, space).episodes,
                .in_step = work.form.batch,
                .provenance = formats::make_provenance(context.tool,
                                                       {{"past", settings.past},
                                                        {"fast", to_json(settings.fast)},
                                                        {"store", to_json(work.form)},
                                                        {"dtype", name_of(context.dtype)}},
                                                       context.seed, inputs)};
  phase.targets = fast::memory_info(settings.fast, phase.info.base, "all", {}).lora.targets;
  return run_fast_phase(phase, unet_learner(pipeline, settings));
}

StoreEstimate estimate_store(const FastWork& work, Context& context) {
  const formats::ModelDirectory files(work.model);
  const auto settings = episode::run_settings_of(files, work.settings);
  const footprint::MetaModel model(files, at::kFloat, at::kFloat, nn::Checkpointing::None, false);
  const auto& sites = model.parameters.sites();
  const auto form = stored_form(work.form, settings.fast.rank, settings.fast.scale());
  StoreEstimate out;
  for (const auto index : fast::targeted_sites(sites, settings.fast.targets)) {
    const auto& w = sites[index].weight;
    out.delta_bytes +=
        footprint::bytes_of(form.rank * (w.size(0) + w.size(1)), dtype_from(work.form.dtype));
  }
  out.counts = count_episodes(slow::encoded_data(files, work.data, latents_of(work), context),
                              latent_space_of(files));
  out.bytes = store_bytes(out.counts, work.form.kind, out.delta_bytes);
  return out;
}

void slow_phase(const SlowWork& work, Context& context) {
  slow::refuse_existing_run(work.loop);
  const formats::ModelDirectory files(work.model);
  const auto base = files.fingerprint("unet");
  for (const auto* path : {&work.store, &work.held_out}) {
    if (!path->empty()) check_store_fits(formats::LoopStore::open(*path), base, work.model);
  }
  auto store = whole_store(work.store, work, context);
  std::optional<formats::LoopStore> held_out;
  if (!work.held_out.empty()) held_out = whole_store(work.held_out, work, context);
  slow::TrainingFiles in{.model = work.model,
                         .data = streams_of(store),
                         .validation = {},
                         .save_dtype = work.save_dtype};
  if (held_out) in.validation = streams_of(*held_out);
  auto slow = work.slow;
  slow.past = std::to_string(store.info().past);
  slow.future = episode::run_settings_of(files).future;
  const auto targets = targets_of(store.info().fast, store.dir());
  const auto start = store.start_path();
  StoredMemories memories(std::move(store), std::move(held_out), work.beside, targets,
                          work.loop.batch, context.seed, work.loop.lr);
  slow::train_unet(in, work.loop, slow, context, &memories);
  if (!work.beside.learn_init) fast::carry_start(start, work.loop.output);
}

void make_start(const std::string& path, const FastWork& work, Context& context) {
  const formats::ModelDirectory files(work.model);
  const auto settings = episode::run_settings_of(files, work.settings);
  const footprint::MetaModel model(files, at::kFloat, at::kFloat, nn::Checkpointing::None, false);
  fast::write_start(
      path, fast::fresh_start(model.parameters.sites(), settings.fast, context.seed), settings.fast,
      files.fingerprint("unet"),
      formats::make_provenance(context.tool, {{"fast", to_json(settings.fast)}}, context.seed, {}));
}

void check_online(const slow::SlowSettings& slow, const BesideSettings& beside) {
  require(slow.own_past == 0, ErrorKind::Usage, "--online: without --own-past");
  require(!beside.learn_init && !beside.learn_rates, ErrorKind::Usage,
          "--online: without --learn-init and --learn-rates");
  require(!slow.train_text_encoder, ErrorKind::Usage, "--online: without --train-text-encoder");
}

void online_phase(const FastWork& data, const SlowWork& work, Context& context) {
  slow::refuse_existing_run(work.loop);
  const formats::ModelDirectory files(work.model);
  const auto run = episode::run_settings_of(files, data.settings);
  check_online(work.slow, work.beside);
  slow::TrainingFiles in{.model = work.model,
                         .data = slow::encoded_data(files, data.data, latents_of(data), context),
                         .validation = {},
                         .save_dtype = work.save_dtype};
  std::unique_ptr<StoredMemories> held_out;
  if (!work.held_out.empty()) {
    auto store = whole_store(work.held_out, work, context);
    check_store_fits(store, files.fingerprint("unet"), work.model);
    in.validation = streams_of(store);
    const auto targets = targets_of(store.info().fast, store.dir());
    held_out = std::make_unique<StoredMemories>(std::move(store), std::nullopt, BesideSettings(),
                                                targets, work.loop.batch, context.seed);
  }
  auto slow = work.slow;
  slow.past = std::to_string(run.past);
  slow.future = run.future;
  OnlineMemories memories({.fast = run.fast,
                           .base = files.fingerprint("unet"),
                           .past = run.past,
                           .future = run.future,
                           .batch = work.loop.batch,
                           .seed = context.seed,
                           .beside = work.beside},
                          std::move(held_out));
  slow::train_unet(in, work.loop, slow, context, &memories);
  fast::carry_start(run.fast.init, work.loop.output);
}

HeldOutLosses held_out_losses(const std::string& run) {
  HeldOutLosses out;
  std::istringstream lines(read_file(run + "/training/metrics.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto entry = parse_ordered_json(line, run + "/training/metrics.jsonl");
    ordered_json losses;
    for (const auto& [key, value] : entry.items()) {
      if (key.starts_with(kValidation)) losses[key.substr(std::string(kValidation).size())] = value;
    }
    if (losses.empty()) continue;
    (entry.value("step", int64_t{-1}) == 0 ? out.before : out.after) = losses;
  }
  return out;
}

}  // namespace svg::loop
