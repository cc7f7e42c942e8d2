#include "libcore/learn/generate_session.h"

#include <ATen/ATen.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "formats/base/hash.h"
#include "formats/base/log.h"
#include "formats/base/progress.h"
#include "formats/base/signals.h"
#include "formats/latent_stream.h"
#include "formats/provenance.h"
#include "libcore/learn/episode_run.h"
#include "libcore/learn/given_draws.h"
#include "libcore/learn/memory_store.h"
#include "libcore/model/lora_file.h"
#include "libcore/tensor/runtime.h"

namespace svg::learn {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

int64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

RunSettings resolve(const GenerateOptions& o, const ModelFiles& files, uint64_t seed) {
  RunSettings s = run_settings_of(files);
  if (o.past) s.past = *o.past;
  if (o.future) s.future = *o.future;
  if (o.steps) s.sampling.steps = *o.steps;
  if (o.sampler) s.sampling.sampler = *o.sampler;
  if (o.guidance_scale) s.sampling.guidance_scale = *o.guidance_scale;
  s.fast = o.fast.over(s.fast);
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
      const auto model = record->header.value("model", "");
      require(model == pipeline.vae_fingerprint, ErrorKind::Config, reader.name(), ": was encoded by another VAE (", model,
              "), this model's is ", pipeline.vae_fingerprint, ": encode it again with svg-encode --model ", pipeline.files.directory());
      const auto channels = record->header.value("channels", int64_t{0});
      require(channels == pipeline.unet.config.in_channels, ErrorKind::Config, reader.name(), ": latents have ", channels,
              " channels, the UNet takes ", pipeline.unet.config.in_channels);
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

at::Tensor latents_of(const formats::Record& record) {
  return tensor_of(*record.tensors().find("latents")).to(at::kFloat).unsqueeze(0);
}

Action action_of(const formats::Record& record) {
  return {record.header.value("action", ""), record.header.value("action_inverse", ""), std::nullopt};
}

// Where a memory stands when a run begins: the revision it goes on from, and how many the log holds by then.
struct MemoryStart {
  int64_t revision = 0, revisions = 0;
};

// The fast weights on disk. What a stopped run has learned is not learned again: its revisions are the ones behind those that it began
// with, one for each learning in order.
class MemoryDirectory {
 public:
  // Opens what is there, which must fit; create() makes what is not.
  MemoryDirectory(const std::string& text, const FastSettings& fast, const std::string& base) : ref_(formats::MemoryRef::parse(text)) {
    const bool there = fs::exists(ref_.dir + "/memory.json");
    require(there || !ref_.revision, ErrorKind::NoInput, ref_.dir, ": no such memory, so it has no revision ", ref_.revision.value_or(0));
    if (!there) return;
    directory_ = formats::Memory::open_for_writing(ref_.dir);
    for (const auto& repair : directory_->repairs()) log_warn(cat(ref_.dir, ": ", repair));
    check_memory_fits(*directory_, fast, base);
    start_ = {ref_.revision.value_or(directory_->head()), static_cast<int64_t>(directory_->log().size())};
    if (start_.revision != 0) directory_->revision(start_.revision);
    revision_ = start_.revision;
  }
  void create(const formats::MemoryInfo& info) {
    if (!directory_) directory_ = formats::Memory::create(ref_.dir, info);
  }

  const MemoryStart& start() const { return start_; }
  const std::string& dir() const { return ref_.dir; }
  int64_t revision() const { return revision_; }
  // Names the weights that the run began with, for its provenance; empty for revision 0.
  std::string fingerprint() const {
    return start_.revision == 0 ? std::string() : "sha256:" + directory_->revision(start_.revision).delta_sha256;
  }

  // The run was begun at `start`; what stands in the log behind that is its own.
  void begun_at(const MemoryStart& start) {
    const auto revisions = directory_ ? static_cast<int64_t>(directory_->log().size()) : 0;
    require(start.revision <= start.revisions && start.revisions <= revisions, ErrorKind::Config, dir(), ": holds ", revisions,
            " revisions, the stopped run began with ", start.revisions, ": it is another memory, or was rewound");
    require(!ref_.revision || *ref_.revision == start.revision, ErrorKind::Config, dir(), ": the stopped run began at revision ",
            start.revision, ", not ", ref_.revision.value_or(0), ": use the same command");
    start_ = start;
    revision_ = start.revision;
  }

  // Whether the stopped run had learned the chunk already.
  bool learned(const std::string& episode, int64_t chunk, const std::string& action) {
    if (!directory_ || start_.revisions + own_ >= static_cast<int64_t>(directory_->log().size())) return false;
    const auto& next = directory_->log()[static_cast<size_t>(start_.revisions + own_)];
    if (next.parent != revision_ || next.episode != episode || next.chunk != chunk || next.action != action) refuse(next.id);
    revision_ = next.id;
    ++own_;
    loaded_ = false;
    return true;
  }
  // After everything that the stopped run wrote: HEAD is its last revision. One that learned a chunk which did not reach the disk goes.
  void settle(const ordered_json& provenance) {
    if (own_ > 0) check_own(revision_, provenance);
    const auto expected = start_.revisions + own_;
    if (static_cast<int64_t>(directory_->log().size()) > expected) {
      check_own(expected + 1, provenance);
      directory_->rewind_to(expected);
    } else if (own_ > 0 && directory_->head() != revision_) {
      directory_->rewind_to(revision_);
    }
  }

  // Puts the revision that the run stands at into `memory`, once.
  void load(TempLora& memory, uint64_t seed) {
    if (!loaded_) restore_revision(*directory_, revision_, memory, seed);
    loaded_ = true;
  }
  void store(const TempLora& memory, formats::Revision revision, const ordered_json& provenance) {
    revision.parent = revision_;
    revision_ = store_revision(*directory_, memory, std::move(revision), provenance);
    ++own_;
  }

 private:
  [[noreturn]] void refuse(int64_t id) const {
    fail(ErrorKind::Config, dir(), ": revision ", id, " was not learned by the stopped run: the memory is another one, or something else has",
         " used it since: start anew without --resume, from ", dir(), "@", revision_);
  }
  void check_own(int64_t id, const ordered_json& provenance) const {
    if (json(directory_->delta(id).info().provenance) != json(provenance)) refuse(id);
  }

  formats::MemoryRef ref_;
  std::optional<formats::Memory> directory_;
  MemoryStart start_;
  int64_t revision_ = 0;
  int64_t own_ = 0;      // revisions that this run has learned, stopped parts included
  bool loaded_ = false;  // whether the running weights are those of revision_
};

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
    if (o_.resume && fs::is_regular_file(o_.output) && !fs::exists(o_.output + ".partial")) {
      log_info(cat(o_.output, " is complete already"));
      return 0;
    }
    opening_ = read_opening(o_.input, o_.salvage, pipeline_);
    episode_ = opening_.chunks.front().header.value("episode", "");
    run_.emplace(pipeline_, settings_, std::vector<std::string>{episode_});
    if (settings_.use_fast && !o_.memory.empty()) memory_.emplace(o_.memory, settings_.fast, pipeline_.unet_fingerprint);
    const auto begun = o_.resume && fs::exists(o_.output + ".partial") ? begun_run() : std::nullopt;
    if (!begun) {
      provenance_ = make_provenance();
      begin_output();
    }
    prepare_memory(!begun);
    for (const auto& chunk : opening_.chunks) {
      extend(latents_of(chunk), action_of(chunk), o_.learn_input);
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

  // What --resume goes on with; nothing where the run was stopped before its opening was whole. Throws Error{Config} where this command is
  // not the one that was stopped.
  std::optional<Begun> begun_run() {
    auto begun = read_partial(o_.output + ".partial");
    if (begun.provenance.is_null()) return std::nullopt;
    const auto found = begun.provenance.find("settings");
    const bool has_memory = found != begun.provenance.end() && found->contains("memory");
    if (memory_ && has_memory) {
      const auto start = json_get<ordered_json>(*found, "memory", o_.output + ".partial");
      memory_->begun_at({read_integer(start, "revision", o_.output + ".partial"), read_integer(start, "revisions", o_.output + ".partial")});
    }
    provenance_ = make_provenance();
    require(json(begun.provenance) == json(provenance_), ErrorKind::Config, o_.output,
            ".partial: was begun with other settings or inputs: use the same command, or start anew without --resume");
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
      open_timings();
    } catch (...) {
      if (fresh) writer_->discard();
      throw;
    }
  }

  // Appends a chunk that exists, as if this run had just made it.
  void extend(const at::Tensor& latents, const Action& action, bool learnable) {
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
    const auto index = run_->chunk_count() - 1;
    if (memory_ && memory_->learned(episode_, index, action)) return;
    if (memory_) memory_->load(*run_->memory(), context_.seed);
    const auto start = Clock::now();
    const auto given = draws_.find(index);
    const auto report = given != draws_.end() && given->second.learning ? run_->learn(given->second.learning) : run_->learn();
    if (memory_) {
      formats::Revision revision;
      revision.episode = episode_;
      revision.chunk = index;
      revision.action = action;
      revision.loss_before = report.loss_before[0];
      revision.loss_after = report.loss_after[0];
      revision.norm = run_->memory()->norms()[0].item<double>();
      memory_->store(*run_->memory(), std::move(revision), provenance_);
    }
    learning_sec_ = seconds_since(start);
    log_debug(cat("chunk ", index, ": loss ", report.loss_before[0], " -> ", report.loss_after[0]));
  }

  void open_timings() {
    const auto path = !o_.timings.empty() ? o_.timings : memory_ ? memory_->dir() + "/timings.jsonl" : std::string();
    if (!path.empty()) timings_.open(path, std::ios::app);
    require(path.empty() || timings_.good(), ErrorKind::CannotCreate, path, ": cannot be written");
  }

  void write_timing(int64_t index) {
    if (!timings_.is_open()) return;
    timings_ << ordered_json{{"chunk", index}, {"sampling_sec", sampling_sec_}, {"learning_sec", learning_sec_},
                             {"learning_share", learning_sec_ / (sampling_sec_ + learning_sec_)}, {"peak_memory_bytes", peak_memory_bytes()}}
                    .dump()
             << "\n" << std::flush;
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
  std::ofstream timings_;
  double sampling_sec_ = 0, learning_sec_ = 0;
};

}  // namespace

}  // namespace svg::learn

extern "C" int svg_generate_session(const svg::learn::GenerateOptions& options, svg::Context& context) {
  return svg::learn::Generation(options, context).run();
}
