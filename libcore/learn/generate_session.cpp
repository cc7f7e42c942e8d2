#include "libcore/learn/generate_session.h"

#include <ATen/ATen.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <fstream>

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

// Where the fast weights stand on disk. Without a directory they live for this run only.
class MemoryDirectory {
 public:
  MemoryDirectory(const GenerateOptions& o, const FastSettings& fast, const std::string& base, const ordered_json& provenance)
      : provenance_(provenance) {
    const auto ref = formats::MemoryRef::parse(o.memory);
    const bool there = fs::exists(ref.dir + "/memory.json");
    require(there || !ref.revision, ErrorKind::NoInput, ref.dir, ": no such memory, so it has no revision ", ref.revision.value_or(0));
    directory_ = there ? formats::Memory::open_for_writing(ref.dir)
                       : formats::Memory::create(ref.dir, memory_info(fast, base, o.keep, provenance));
    for (const auto& repair : directory_->repairs()) log_warn(cat(ref.dir, ": ", repair));
    check_memory_fits(*directory_, fast, base);
    revision_ = ref.revision.value_or(directory_->head());
    if (revision_ != 0) directory_->revision(revision_);
  }

  int64_t revision() const { return revision_; }
  formats::Memory& directory() { return *directory_; }

  void restore(int64_t id, TempLora& memory, uint64_t seed) {
    restore_revision(*directory_, id, memory, seed);
    revision_ = id;
  }
  void store(const TempLora& memory, formats::Revision revision) {
    revision.parent = revision_;
    revision_ = store_revision(*directory_, memory, std::move(revision), provenance_);
  }

 private:
  std::optional<formats::Memory> directory_;
  ordered_json provenance_;
  int64_t revision_ = 0;
};

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
    if (o_.resume && fs::exists(o_.output) && !fs::exists(o_.output + ".partial")) {
      log_info(cat(o_.output, " is complete already"));
      return 0;
    }
    const bool resuming = o_.resume && fs::exists(o_.output + ".partial");
    opening_ = read_opening(o_.input, o_.salvage, pipeline_);
    episode_ = opening_.chunks.front().header.value("episode", "");
    run_.emplace(pipeline_, settings_, std::vector<std::string>{episode_});
    provenance_ = formats::make_provenance(
        context_.tool, to_json(settings_), context_.seed,
        {{"unet", pipeline_.unet_fingerprint}, {"vae", pipeline_.vae_fingerprint}, {"learn_input", o_.learn_input}},
        opening_.stream.value("provenance", ordered_json()));
    if (settings_.use_fast && !o_.memory.empty()) {
      memory_.emplace(o_, settings_.fast, pipeline_.unet_fingerprint, provenance_);
      memory_->restore(memory_->revision(), *run_->memory(), context_.seed);
    }
    open_timings();
    for (const auto& chunk : opening_.chunks) {
      run_->append(latents_of(chunk), {action_of(chunk)}, o_.learn_input);
      if (o_.learn_input && !resuming && settings_.use_fast && run_->chunk_count() > 1) learn(action_of(chunk).text);
    }
    resuming ? resume_output() : begin_output();
    Progress progress(context_.progress, "chunk", 0, 0);
    while (const auto action = next_action()) {
      one_chunk(*action);
      progress.update(run_->chunk_count());
      if (stop_requested()) {
        fail(ErrorKind::Stopped, "stopped after chunk ", run_->chunk_count() - 1,
             o_.output == "-" ? ": standard output cannot be resumed" : ": go on with --resume");
      }
    }
    writer_->finish();
    require(!opening_.cut_off, ErrorKind::Data, o_.input, ": was cut off (no end record); use --salvage to accept that");
    return 0;
  }

 private:
  std::optional<Action> next_action() {
    auto action = actions_.next();
    if (action) ++actions_read_;
    return action;
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

  // Goes on behind the last whole record of FILE.partial: the history is what it holds, the memory what belongs to its last chunk.
  void resume_output() {
    auto reader = formats::StreamReader::open(o_.output + ".partial");
    std::vector<formats::Record> done;
    bool begun = false;
    while (auto record = reader.next()) {
      if (record->kind() == "stream") {
        begun = true;
        require(json(record->header.value("provenance", ordered_json())) == json(provenance_), ErrorKind::Config, o_.output,
                ".partial: was begun with other settings or inputs: use the same command, or remove it");
      }
      if (record->kind() == "chunk" && record->header.value("role", "") == "generated") done.push_back(std::move(*record));
      else if (record->kind() == "chunk") ++inputs_written_;
    }
    if (!begun || (!o_.only_generated && inputs_written_ < opening_.chunks.size())) {
      // Killed before the opening was whole: nothing of value is there.
      formats::StreamWriter::resume(o_.output).discard();
      begin_output();
      return;
    }
    const bool durable = memory_.has_value();
    for (size_t i = 0; i < done.size(); ++i) {
      const auto action = next_action();
      const auto& header = done[i].header;
      require(action && action->text == header.value("action", ""), ErrorKind::Config, o_.actions, ": action ", i + 1, " is \"",
              action ? action->text : "(none)", "\", the stopped run had \"", header.value("action", ""), "\": use the same actions");
      run_->append(latents_of(done[i]), {*action}, true);
      if (settings_.use_fast && !durable) learn(action->text);  // the memory lived in that process: it is learned again
    }
    if (durable && !done.empty()) {
      const auto used = done.back().header.value("memory", int64_t{0});
      auto& directory = memory_->directory();
      const auto learned = find_child(directory, used, run_->chunk_count() - 1);
      directory.rewind_to(learned ? *learned : used);
      memory_->restore(learned ? *learned : used, *run_->memory(), context_.seed);
      if (!learned) learn(done.back().header.value("action", ""));
    }
    writer_.emplace(formats::StreamWriter::resume(o_.output));
    log_info(cat("resumed after chunk ", run_->chunk_count() - 1));
  }

  // The revision that learned `chunk` on top of `parent`, if the stopped run came that far.
  std::optional<int64_t> find_child(const formats::Memory& directory, int64_t parent, int64_t chunk) const {
    if (directory.log().empty()) return std::nullopt;
    const auto& last = directory.log().back();
    if (last.parent == parent && last.chunk == chunk && last.episode == episode_) return last.id;
    return std::nullopt;
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
    run_->append(latents, {action}, true);
    if (settings_.use_fast) learn(action.text);
    write_timing(index);
  }

  void learn(const std::string& action) {
    const auto index = run_->chunk_count() - 1;
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
      memory_->store(*run_->memory(), std::move(revision));
    }
    learning_sec_ = seconds_since(start);
    log_debug(cat("chunk ", index, ": loss ", report.loss_before[0], " -> ", report.loss_after[0]));
  }

  void open_timings() {
    const auto path = !o_.timings.empty() ? o_.timings : memory_ ? memory_->directory().dir() + "/timings.jsonl" : std::string();
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
  int64_t actions_read_ = 0;
  size_t inputs_written_ = 0;
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
