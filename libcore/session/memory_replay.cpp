#include "libcore/session/memory_replay.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "formats/memory/memory.h"
#include "libcore/base/enum_names.h"
#include "libcore/base/error.h"
#include "libcore/base/progress.h"
#include "libcore/base/scratch_folder.h"
#include "libcore/base/signals.h"
#include "libcore/episode/episode_run.h"
#include "libcore/episode/latent_source.h"
#include "libcore/fast/given_draws.h"
#include "libcore/fast/memory_store.h"
#include "libcore/fast/start_file.h"
#include "libcore/fast/step_chooser.h"
#include "libcore/session/guard.h"
#include "libcore/tensor/runtime.h"

namespace svg::session {
namespace {

using formats::Memory;
using formats::Revision;

// What a revision records of the run that learned it.
struct Recorded {
  ordered_json provenance;
  episode::RunSettings settings;
  bool learn_input = true;
  Precision dtype = Precision::Fp32;
  bool same_run(const Recorded& other) const {
    return json(provenance["settings"]) == json(other.provenance["settings"]) &&
           provenance["seed"] == other.provenance["seed"];
  }
};

Recorded recorded(const ordered_json& provenance, const std::string& where) {
  const auto settings = json_get_or(provenance, "settings", ordered_json(), where);
  require(settings.is_object() && settings.contains("fast") && settings.contains("past"),
          ErrorKind::Config, where, ": does not record how it was learned");
  Recorded r;
  r.provenance = provenance;
  r.settings.past = read_integer(settings, "past", where);
  r.settings.fast = fast::fast_settings_from(json(settings["fast"]), {}, where);
  r.settings.fast.validate();
  r.settings.seed = json_get<uint64_t>(provenance, "seed", where);
  r.learn_input = json_get_or(settings, "learn_input", true, where);
  r.dtype = enum_from<Precision>(json_get<std::string>(settings, "dtype", where), where);
  return r;
}

// Largest difference of two revisions' numbers, as a share of the largest number of the first.
double distance(const formats::LoraDelta& a, const formats::LoraDelta& b) {
  double most = 0, apart = 0;
  for (const auto& x : a.layers()) {
    for (const auto& y : b.layers()) {
      if (x.module != y.module) continue;
      const auto xa = tensor_of(x.a).to(at::kDouble), xb = tensor_of(x.b).to(at::kDouble);
      most = std::max({most, xa.abs().max().item<double>(), xb.abs().max().item<double>()});
      apart = std::max({apart, (xa - tensor_of(y.a).to(at::kDouble)).abs().max().item<double>(),
                        (xb - tensor_of(y.b).to(at::kDouble)).abs().max().item<double>()});
    }
  }
  return most > 0 ? apart / most : 0;
}

class Replay {
 public:
  Replay(const MemoryReplayOptions& o, const Context& context)
      : o_(o),
        context_(context),
        ref_(formats::MemoryRef::parse(o.memory)),
        memory_(Memory::open(ref_.dir)),
        scratch_(Memory::create(folder_ / "memory", brief(memory_.info()))) {
    if (!o.draws.empty()) draws_ = fast::read_draws(o.draws);
    for (const int64_t id : memory_.way_to(ref_.revision.value_or(memory_.head())))
      way_.push_back(memory_.revision(id));
    require(!way_.empty(), ErrorKind::NoInput, o.memory,
            ": revision 0 is the empty memory, which has no history");
    note_runs();
    for (auto& run : runs_) {
      if (run) find_start(run->settings.fast);
    }
  }

  Report run() {
    Progress progress(context_.progress, "revision", static_cast<int64_t>(way_.size()));
    for (size_t i = 0; i < way_.size(); ++i) {
      one(i);
      progress.update(static_cast<int64_t>(i + 1));
      require(!stop_requested(), ErrorKind::Stopped, "stopped after revision ", way_[i].id);
    }
    return report();
  }

 private:
  // Where the run started, by the digest that it notes.
  void find_start(fast::FastSettings& s) const {
    if (s.init.empty()) return;
    const auto noted = s.init;
    if (!o_.start.empty()) s.init = o_.start;
    fast::find_start(s, o_.model);
    require(s.init_digest == noted, ErrorKind::Config, "--fast-init ", o_.start, ": is ",
            s.init_digest, ", ", memory_.dir(), " started from ", noted);
  }

  // Files of the newest revision and its parent are all that is ever needed.
  static formats::MemoryInfo brief(formats::MemoryInfo info) {
    info.keep = formats::KeepPolicy::parse("last");
    return info;
  }

  // Where the files of a revision are not kept, the next one that is kept was learned by the same
  // run: a run that goes on from another's memory keeps what it begins with.
  void note_runs() {
    runs_.resize(way_.size());
    std::optional<Recorded> later;
    for (size_t i = way_.size(); i-- > 0;) {
      const int64_t id = way_[i].id;
      if (!way_[i].steps) continue;  // imported or merged
      if (memory_.has_files(id))
        later = recorded(memory_.delta(id).info().provenance, memory_.delta_path(id));
      else if (!later)
        later = recorded(memory_.info().lora.provenance, memory_.dir() + "/memory.json");
      runs_[i] = later;
    }
  }

  void one(size_t i) {
    const Revision& wanted = way_[i];
    if (!runs_[i]) {
      rows_.push_back({{"revision", wanted.id}, {"result", "not learned"}});
      take_as_it_is(wanted);
      return;
    }
    if (!run_ || i == 0 || !runs_[i - 1] || !runs_[i]->same_run(*runs_[i - 1]) ||
        wanted.chunk < run_->chunk_count())
      begin_run(*runs_[i]);
    while (run_->chunk_count() < wanted.chunk) append(*runs_[i], false);
    const auto chunk = append(*runs_[i], true);
    require(chunk.header.episode == wanted.episode && chunk.header.action == wanted.action,
            ErrorKind::Config, o_.stream, ": its chunk ", wanted.chunk, " is \"",
            chunk.header.action, "\" of ", chunk.header.episode, ", revision ", wanted.id,
            " learned \"", wanted.action, "\" of ", wanted.episode);
    restore_parent(i);
    learn(wanted, *runs_[i], chunk.header.role == formats::Role::Generated);
  }

  // The revision that `scratch_` ends with is the parent as it came out here; the memory's own is
  // taken where it is kept, so that one difference does not make all later ones differ.
  void restore_parent(size_t i) {
    auto& weights = *run_->memory();
    const int64_t parent = way_[i].parent;
    const auto seed = runs_[i]->settings.seed;
    if (parent == 0 || memory_.has_files(parent))
      fast::restore_revision(memory_, parent, weights, 0, seed);
    else fast::restore_revision(scratch_, scratch_.head(), weights, 0, seed);
    if (parent == 0 && !o_.init.empty()) fast::load_lora(o_.init, weights);
  }

  // An imported or merged revision: there is nothing to learn again, later ones go on from it.
  void take_as_it_is(const Revision& wanted) {
    require(memory_.has_files(wanted.id), ErrorKind::NoInput, memory_.dir(), ": revision ",
            wanted.id, " was not learned, and its files are not kept: nothing can go on from it");
  }

  void begin_run(const Recorded& r) {
    if (!pipeline_ || dtype_ != r.dtype) {
      run_.reset();
      pipeline_.emplace(load_pipeline(o_.model, dtype_from(r.dtype), apply_runtime(context_)));
      dtype_ = r.dtype;
      require(pipeline_->unet_fingerprint == memory_.info().lora.base, ErrorKind::Config,
              memory_.dir(), ": was learned on another model (", memory_.info().lora.base, "), ",
              o_.model, " is ", pipeline_->unet_fingerprint);
    }
    source_.emplace(o_.stream, pipeline_->latent_space);
    run_.emplace(*pipeline_, r.settings, std::vector<std::string>{way_.front().episode});
  }

  episode::LatentChunk append(const Recorded& r, bool learned) {
    auto chunk = source_->next();
    require(chunk.has_value(), ErrorKind::Config, o_.stream, ": ends after ", run_->chunk_count(),
            " chunks, the memory learned more: give the stream that it was learned from");
    run_->append(chunk->latents.unsqueeze(0), {episode::action_of(chunk->header)},
                 learned || r.learn_input || chunk->header.role != formats::Role::Input);
    if (!learned) run_->forget_out_of_reach();
    return std::move(*chunk);
  }

  void learn(const Revision& wanted, const Recorded& r, bool own) {
    fast::StepGate gate;
    if (!r.settings.fast.budget.empty()) gate = fast::gate_as_learned(wanted);
    const auto given = draws_.find(wanted.chunk);
    const auto made =
        run_->learn(given != draws_.end() ? given->second.learning : std::nullopt, gate, own);
    run_->forget_out_of_reach();
    auto& weights = *run_->memory();
    Revision again = wanted;
    again.parent = scratch_.head();
    if (!made.loss_before.empty()) {
      again.loss_before = made.loss_before[0];
      again.loss_after = made.loss_after[0];
    }
    again.steps = made.steps;
    again.norm = weights.norms()[0].item<double>();
    const int64_t id = fast::store_revision(scratch_, weights, 0, again, r.provenance);
    compare(wanted, scratch_.revision(id));
  }

  void compare(const Revision& wanted, const Revision& made) {
    ordered_json row = {
        {"revision", wanted.id}, {"chunk", wanted.chunk}, {"action", wanted.action}};
    std::vector<std::string> other;
    if (made.delta_sha256 != wanted.delta_sha256) other.emplace_back("weights");
    if (made.state_sha256 != wanted.state_sha256) other.emplace_back("optimizer");
    if (made.loss_before != wanted.loss_before || made.loss_after != wanted.loss_after)
      other.emplace_back("losses");
    if (made.steps != wanted.steps) other.emplace_back("steps");
    if (made.norm != wanted.norm) other.emplace_back("norm");
    row["result"] = other.empty() ? "exact" : "differs";
    if (!other.empty()) {
      row["in"] = other;
      row["difference"] =
          memory_.has_files(wanted.id)
              ? ordered_json(distance(memory_.delta(wanted.id), scratch_.delta(made.id)))
              : ordered_json(nullptr);
    }
    rows_.push_back(std::move(row));
  }

  Report report() const {
    Report out;
    int64_t exact = 0, differ = 0;
    for (const auto& row : rows_) {
      exact += row["result"] == "exact";
      differ += row["result"] == "differs";
      if (row["result"] != "differs") continue;
      out.text +=
          cat(memory_.dir(), ": revision ", row["revision"], ": learned again, it differs in");
      for (const auto& what : row["in"]) out.text += cat(" ", what.get<std::string>());
      if (row["difference"].is_number())
        out.text += cat(" (by ", row["difference"].get<double>(), " of the largest number)");
      out.text += "\n";
    }
    const auto count = static_cast<int64_t>(rows_.size());
    out.text +=
        cat(memory_.dir(), ": ", exact, " of ", count, " revisions learned again byte for byte");
    if (differ) out.text += cat(", ", differ, " differ");
    if (count > exact + differ)
      out.text += cat(", ", count - exact - differ, " imported or merged");
    out.text += "\n";
    out.json = {
        {"memory", memory_.dir()}, {"exact", exact}, {"differ", differ}, {"revisions", rows_}};
    out.exit_code = differ ? 1 : 0;
    return out;
  }

  const MemoryReplayOptions& o_;
  const Context& context_;
  formats::MemoryRef ref_;
  Memory memory_;
  ScratchFolder folder_;
  Memory scratch_;                             // what comes out here
  std::vector<Revision> way_;                  // oldest first
  std::vector<std::optional<Recorded>> runs_;  // of each; nothing where it was not learned
  std::map<int64_t, fast::ChunkDraws> draws_;
  std::optional<Pipeline> pipeline_;
  Precision dtype_ = Precision::Fp32;
  std::optional<episode::StreamSource> source_;
  std::optional<episode::EpisodeRun> run_;
  std::vector<ordered_json> rows_;
};

}  // namespace
}  // namespace svg::session

void svg_memory_replay_session(const svg::session::MemoryReplayOptions& options,
                               svg::Context& context, svg::session::Report& report) {
  using namespace svg::session;
  guarded(report, [&] { return Replay(options, context).run(); });
}
