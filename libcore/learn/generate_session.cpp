#include "libcore/learn/generate_session.h"

#include <ATen/ATen.h>

#include <filesystem>

#include "formats/base/hash.h"
#include "formats/base/log.h"
#include "formats/base/progress.h"
#include "formats/base/signals.h"
#include "formats/latent_stream.h"
#include "formats/provenance.h"
#include "libcore/learn/chunk_learner.h"
#include "libcore/learn/episode_input.h"
#include "libcore/learn/episode_run.h"
#include "libcore/learn/given_draws.h"
#include "libcore/learn/memory_directory.h"
#include "libcore/learn/timings.h"
#include "libcore/model/lora_file.h"
#include "libcore/tensor/runtime.h"

namespace svg::learn {

namespace {

namespace fs = std::filesystem;

RunSettings resolve(const GenerateOptions& o, const ModelFiles& files, uint64_t seed) {
  RunSettings s = run_settings_of(files, o.run);
  s.use_fast = !o.no_fast;
  s.seed = seed;
  return s;
}

// The first chunks of the one episode that is to go on.
struct Opening {
  ordered_json stream;  // its header
  std::vector<formats::Record> chunks;
  bool cut_off = false;
};

Opening read_opening(const std::string& input, bool salvage, const Pipeline& pipeline) {
  auto reader = formats::StreamReader::open(input);
  Opening opening;
  std::string episode;
  while (auto record = reader.next()) {
    if (record->kind() == "stream") {
      require(opening.stream.is_null(), ErrorKind::Config, reader.name(), ": holds more than one stream: expected the first chunks of one");
      opening.stream = record->header;
      check_stream_fits(record->header, reader.name(), pipeline);
    }
    if (record->kind() != "chunk") continue;
    const auto id = record->header.value("episode", "");
    require(opening.chunks.empty() || id == episode, ErrorKind::Config, reader.name(), ": holds the episodes \"", episode, "\" and \"", id,
            "\": expected the first chunks of one");
    episode = id;
    opening.chunks.push_back(std::move(*record));
  }
  opening.cut_off = reader.cut_off() && !salvage;
  if (reader.cut_off()) log_warn(cat(reader.name(), ": cut off: its ", opening.chunks.size(), " whole chunks are used"));
  require(!opening.chunks.empty(), opening.cut_off ? ErrorKind::Data : ErrorKind::NoInput, reader.name(),
          ": holds no chunk: expected the first frames of an episode");
  return opening;
}

// What a stopped run left in FILE.partial.
struct Begun {
  ordered_json provenance;  // null: not even the stream header is whole
  std::vector<formats::Record> generated;
  size_t inputs = 0;
};

Begun read_partial(const std::string& path) {
  auto reader = formats::StreamReader::open(path);
  Begun begun;
  while (auto record = reader.next()) {
    if (record->kind() == "stream") begun.provenance = record->header.value("provenance", ordered_json());
    if (record->kind() != "chunk") continue;
    if (record->header.value("role", "") == "generated") {
      begun.generated.push_back(std::move(*record));
    } else {
      ++begun.inputs;
    }
  }
  return begun;
}

class Generation {
 public:
  Generation(const GenerateOptions& o, Context& context)
      : o_(o), context_(context), device_(apply_runtime(context)),
        pipeline_(load_pipeline(o.model, dtype_from(context.dtype), device_)),
        settings_(resolve(o, pipeline_.files, context.seed)), actions_(o.actions) {
    if (!o.lora.empty()) pipeline_.unet_fingerprint += apply_lora_file(o.lora, pipeline_.unet_parameters);
    if (!o.draws.empty()) draws_ = read_draws(o.draws);
  }

  int run() {
    opening_ = read_opening(o_.input, o_.salvage, pipeline_);
    episode_ = opening_.chunks.front().header.value("episode", "");
    run_.emplace(pipeline_, settings_, std::vector<std::string>{episode_});
    if (settings_.use_fast && !o_.memory.empty()) memory_.emplace(o_.memory, settings_.fast, pipeline_.unet_fingerprint);
    if (o_.resume && fs::is_regular_file(o_.output) && !fs::exists(o_.output + ".partial")) {
      check_same_command(formats::StreamReader::open(o_.output).next().value().header.value("provenance", ordered_json()), o_.output);
      log_info(cat(o_.output, " is complete already"));
      return 0;
    }
    const auto begun = o_.resume && fs::exists(o_.output + ".partial") ? begun_run() : std::nullopt;
    if (!begun) {
      provenance_ = make_provenance();
      begin_output();
    }
    prepare_memory(!begun);
    for (const auto& chunk : opening_.chunks) {
      extend(latents_of(chunk), action_of(chunk), o_.learn_input);
      if (learned_revision_ > 0) write_timing(run_->chunk_count() - 1);
      stop_if_asked();
    }
    if (begun) replay(*begun);
    Progress progress(context_.progress, "chunk", 0, 0);
    while (const auto action = actions_.next()) {
      one_chunk(*action);
      progress.update(run_->chunk_count());
      stop_if_asked();
    }
    writer_->finish();
    require(!opening_.cut_off, ErrorKind::Data, o_.input, ": was cut off (no end record); use --salvage to accept that");
    return 0;
  }

 private:
  void stop_if_asked() const {
    if (!stop_requested()) return;
    fail(ErrorKind::Stopped, "stopped after chunk ", run_->chunk_count() - 1,
         o_.output == "-" ? ": standard output cannot be resumed" : ": go on with --resume");
  }

  ordered_json make_provenance() const {
    auto settings = to_json(settings_);
    settings["learn_input"] = o_.learn_input;
    settings["only_generated"] = o_.only_generated;
    if (o_.learn_until) settings["learn_until"] = *o_.learn_until;
    settings["dtype"] = context_.dtype;
    Sha256 frames;
    for (const auto& chunk : opening_.chunks) frames.update(chunk.blob);
    ordered_json inputs = {{"unet", pipeline_.unet_fingerprint}, {"vae", pipeline_.vae_fingerprint}, {"input", "sha256:" + frames.hex()}};
    if (!o_.draws.empty()) inputs["draws"] = "sha256:" + sha256_hex_of_file(o_.draws);
    if (memory_) {
      settings["memory"] = {{"revision", memory_->start().revision}, {"revisions", memory_->start().revisions}};
      if (const auto print = memory_->fingerprint(); !print.empty()) inputs["memory"] = print;
    }
    return formats::make_provenance(context_.tool, settings, context_.seed, inputs, opening_.stream.value("provenance", ordered_json()));
  }

  void begin_output() {
    writer_.emplace(formats::StreamWriter::create(o_.output));
    auto header = opening_.stream;
    header["provenance"] = provenance_;
    header.erase("check");
    writer_->write(header);
    if (o_.only_generated) return;
    for (const auto& chunk : opening_.chunks) {
      auto copy = chunk.header;
      copy["role"] = "input";
      copy.erase("check");
      writer_->write(copy, chunk.tensors().tensors);
    }
  }

  // Throws Error{Config} where this command is not the one that began `file` and noted `begun` in it.
  void check_same_command(const ordered_json& begun, const std::string& file) {
    const auto found = begun.find("settings");
    const bool has_memory = found != begun.end() && found->contains("memory");
    if (memory_ && has_memory) {
      const auto start = json_get<ordered_json>(*found, "memory", file);
      memory_->begun_at({read_integer(start, "revision", file), read_integer(start, "revisions", file)});
    }
    provenance_ = make_provenance();
    require(json(begun) == json(provenance_), ErrorKind::Config, file,
            ": was begun with other settings or inputs: use the same command, or start anew without --resume");
  }

  // What --resume goes on with; nothing where the run was stopped before its opening was whole.
  std::optional<Begun> begun_run() {
    auto begun = read_partial(o_.output + ".partial");
    if (begun.provenance.is_null()) return std::nullopt;
    check_same_command(begun.provenance, o_.output + ".partial");
    if (!o_.only_generated && begun.inputs < opening_.chunks.size()) return std::nullopt;
    writer_.emplace(formats::StreamWriter::resume(o_.output));
    return begun;
  }

  // The directory, where the run is to have one and has none yet, and its weights, unless a stopped run has others by now. `fresh`:
  // nothing but the opening is written, so that it goes again if this fails.
  void prepare_memory(bool fresh) {
    try {
      if (memory_) {
        memory_->create(memory_info(settings_.fast, pipeline_.unet_fingerprint, o_.keep, provenance_));
        if (fresh) memory_->load(*run_->memory(), context_.seed);
      }
      timings_.open(!o_.timings.empty() ? o_.timings : memory_ ? memory_->dir() + "/timings.jsonl" : std::string());
    } catch (...) {
      if (fresh) writer_->discard();
      throw;
    }
  }

  // Appends a chunk that exists, as if this run had just made it.
  void extend(const at::Tensor& latents, const Action& action, bool learnable) {
    learning_sec_ = 0;
    learned_revision_ = 0;
    run_->append(latents, {action}, learnable);
    // Nothing stands before the first chunk: there is no X_i ++ Y_i to learn yet.
    const bool still_learning = !o_.learn_until || run_->chunk_count() <= *o_.learn_until;
    if (settings_.use_fast && learnable && still_learning && run_->chunk_count() > 1) learn(action.text);
    run_->forget_out_of_reach();
  }

  // Goes through what FILE.partial holds: the history is that, and the memory what belongs to its last chunk.
  void replay(const Begun& begun) {
    for (size_t i = 0; i < begun.generated.size(); ++i) {
      const auto action = actions_.next();
      const auto& header = begun.generated[i].header;
      const Action before{header.value("action", ""), header.value("action_inverse", ""), header.value("seed", context_.seed)};
      require(action && Action{action->text, action->inverse, action->seed.value_or(context_.seed)} == before, ErrorKind::Config, o_.actions,
              ": action ", i + 1, " is \"", action ? action->text : "(none)", "\", the stopped run had \"", before.text,
              "\" (with its inverse and seed): use the same actions");
      extend(latents_of(begun.generated[i]), *action, true);
    }
    if (memory_) {
      memory_->settle(provenance_);
      memory_->load(*run_->memory(), context_.seed);
    }
    log_info(cat("resumed after chunk ", run_->chunk_count() - 1));
  }

  void one_chunk(const Action& action) {
    const auto index = run_->chunk_count();
    const auto given = draws_.find(index);
    const auto start = Clock::now();
    const auto past = std::min(settings_.past, run_->latents().size(1));
    const auto latents = given == draws_.end() ? run_->generate({action})
                                               : run_->generate({action}, given->second.noise, given->second.step_noise);
    sampling_sec_ = seconds_since(start);
    const auto frames = latents[0].contiguous();
    ordered_json header = {{"kind", "chunk"}, {"episode", episode_}, {"index", index}, {"role", "generated"}, {"action", action.text}};
    if (!action.inverse.empty()) header["action_inverse"] = action.inverse;
    header["frames"] = frames.size(0);
    header["past"] = past;
    header["memory"] = memory_ ? ordered_json(memory_->revision()) : ordered_json(nullptr);
    header["seed"] = action.seed.value_or(context_.seed);
    writer_->write(header, {view_of("latents", frames)});
    extend(latents, action, true);
    write_timing(index);
  }

  void learn(const std::string& action) {
    const auto start = Clock::now();
    const auto learned = learn_chunk(*run_, memory_ ? &*memory_ : nullptr, episode_, action, draws_, provenance_);
    if (!learned) return;
    learning_sec_ = seconds_since(start);
    learned_revision_ = learned->revision;
  }

  void write_timing(int64_t index) {
    timings_.write({{"chunk", index}, {"revision", learned_revision_}, {"sampling_sec", sampling_sec_}, {"learning_sec", learning_sec_},
                    {"learning_share", learning_sec_ / (sampling_sec_ + learning_sec_)}, {"peak_memory_bytes", peak_memory_bytes()}});
  }

  const GenerateOptions& o_;
  Context& context_;
  at::Device device_;
  Pipeline pipeline_;
  RunSettings settings_;
  ActionSource actions_;
  std::map<int64_t, ChunkDraws> draws_;
  Opening opening_;
  std::string episode_;
  ordered_json provenance_;
  std::optional<EpisodeRun> run_;
  std::optional<MemoryDirectory> memory_;
  std::optional<formats::StreamWriter> writer_;
  Timings timings_;
  double sampling_sec_ = 0, learning_sec_ = 0;
  int64_t learned_revision_ = 0;  // of the chunk; 0: none
};

}  // namespace

}  // namespace svg::learn

extern "C" int svg_generate_session(const svg::learn::GenerateOptions& options, svg::Context& context) {
  return svg::learn::Generation(options, context).run();
}
