#include "libcore/loop/rounds.h"

#include <cstdio>
#include <filesystem>
#include <sstream>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"
#include "libcore/episode/run_settings.h"

namespace svg::loop {

namespace {

namespace fs = std::filesystem;

std::string round_name(int64_t round) {
  char name[24];
  std::snprintf(name, sizeof name, "round-%03lld", static_cast<long long>(round));
  return name;
}

ordered_json to_json(const RoundReport& r) {
  return {{"round", r.round},
          {"before", r.before},
          {"after", r.after},
          {"episodes", r.episodes},
          {"pairs", r.pairs}};
}

RoundReport round_from(const ordered_json& line, const std::string& where) {
  return {.round = read_integer(line, "round", where),
          .before = json_get<ordered_json>(line, "before", where),
          .after = json_get<ordered_json>(line, "after", where),
          .episodes = read_integer(line, "episodes", where),
          .pairs = read_integer(line, "pairs", where)};
}

class Rounds {
 public:
  Rounds(const LoopRun& run, const std::function<void(const RoundReport&)>& on_round,
         Context& context)
      : run_(run), on_round_(on_round), context_(context), log_(run.loop.output + "/rounds.jsonl") {
    if (run.rounds.online) check_online(run.slow, run.beside);
    const bool there = path_exists(run.loop.output + "/" + round_name(1), ErrorKind::CannotCreate);
    require(!there || run.loop.resume || run.loop.force, ErrorKind::CannotCreate, run.loop.output,
            ": holds a run: go on with --resume, or start anew with --force");
    if (there && !run.loop.resume) remove_all_rounds();
    make_directories(run.loop.output);
    if (path_exists(log_)) read_log();
  }

  void go() {
    for (const auto& done : done_) on_round_(done);
    while (static_cast<int64_t>(done_.size()) < run_.rounds.rounds && !converged()) {
      done_.push_back(make_round(static_cast<int64_t>(done_.size()) + 1));
      std::string text;
      for (const auto& done : done_) text += to_json(done).dump() + "\n";
      write_file_atomically(log_, text);
      if (!run_.keep_stores) remove_stores(done_.back().round);
      on_round_(done_.back());
    }
    link_best();
  }

 private:
  std::string folder(int64_t round) const { return run_.loop.output + "/" + round_name(round); }
  std::string store(int64_t round) const { return folder(round) + "/store"; }
  std::string held_out(int64_t round) const { return folder(round) + "/held-out"; }

  static double loss_of(const ordered_json& losses) {
    return json_get<double>(losses, "loss", "held-out losses");
  }

  // Whether the last round improved the loss by less than was asked for.
  bool converged() const {
    return run_.rounds.until > 0 && !done_.empty() &&
           loss_of(done_.back().before) - loss_of(done_.back().after) < run_.rounds.until;
  }

  RoundReport make_round(int64_t round) {
    const auto model = round == 1 ? run_.model : folder(round - 1);
    const bool online = run_.rounds.online;
    if (!online) log_info(cat("round ", round, ": fast phase"));
    FastWork fast{.model = model,
                  .data = run_.data,
                  .store = store(round),
                  .latents = run_.loop.output + "/latents",
                  .settings = settings_of(round, model),
                  .form = run_.form,
                  .shard = {},
                  .resume = true};
    const auto learned = online ? FastPhaseReport() : fast_phase(fast, context_);
    if (!run_.validation.empty()) {
      auto held = fast;
      held.data = run_.validation;
      held.store = held_out(round);
      fast_phase(held, context_);
    }
    if (!online) log_info(cat("round ", round, ": slow phase on ", learned.pairs, " pairs"));
    SlowWork slow{.model = model,
                  .store = store(round),
                  .held_out = run_.validation.empty() ? "" : held_out(round),
                  .beside = run_.beside,
                  .loop = run_.loop,
                  .slow = run_.slow,
                  .save_dtype = run_.save_dtype};
    slow.loop.output = folder(round);
    slow.loop.validate_first = true;
    slow.loop.resume = true;  // whatever of this round is there is this run's
    slow.loop.force = false;
    slow.slow.validation_seed = context_.seed;  // one ruler for all rounds
    auto context = context_;
    context.seed += static_cast<uint64_t>(round);  // its own draws
    online ? online_phase(fast, slow, context) : slow_phase(slow, context);
    const auto losses = held_out_losses(folder(round));
    return {.round = round,
            .before = losses.before,
            .after = losses.after,
            .episodes = learned.episodes,
            .pairs = learned.pairs};
  }

  // Each round's memories start where the weights that it begins with say; those of the first,
  // where it was asked for, or, to be trained, from a start of their own.
  ordered_json settings_of(int64_t round, const std::string& model) const {
    auto settings = run_.settings;
    const auto given = settings.value("fast", ordered_json::object()).value("init", std::string());
    if (round > 1) {
      if (!given.empty() && given != fast::kNoStart) settings["fast"].erase("init");
      if (run_.beside.learn_init && !given.empty()) settings["fast"].erase("init");
      return settings;
    }
    if (!run_.beside.learn_init) return settings;
    const formats::ModelDirectory files(model);
    if (!episode::run_settings_of(files, settings).fast.init.empty()) return settings;
    const auto path = run_.loop.output + "/start.safetensors";
    make_start(path,
               {.model = model,
                .data = run_.data,
                .store = store(round),
                .settings = settings,
                .form = run_.form,
                .shard = {}},
               context_);
    settings["fast"]["init"] = path;
    return settings;
  }

  void read_log() {
    std::istringstream lines(read_file(log_));
    for (std::string line; std::getline(lines, line);)
      done_.push_back(round_from(parse_ordered_json(line, log_), log_));
  }

  void remove(const std::string& path) const {
    std::error_code failed;
    fs::remove_all(path, failed);
    require(!failed, ErrorKind::Io, "cannot remove ", path, ": ", failed.message());
  }

  void remove_stores(int64_t round) const {
    for (const auto& path : {store(round), held_out(round)}) remove(path);
  }

  void remove_all_rounds() const {
    for (int64_t round = 1; path_exists(folder(round)); ++round) remove(folder(round));
    remove(log_);
  }

  // The first round with the least held-out loss.
  void link_best() const {
    int64_t best = 1;
    for (const auto& done : done_) {
      if (loss_of(done.after) < loss_of(done_[static_cast<size_t>(best) - 1].after))
        best = done.round;
    }
    const fs::path link = run_.loop.output + "/model", made = link.string() + ".new";
    std::error_code failed;
    fs::remove(made, failed);
    fs::create_directory_symlink(round_name(best), made, failed);
    if (!failed) fs::rename(made, link, failed);
    require(!failed, ErrorKind::CannotCreate, "cannot create ", link.string(), ": ",
            failed.message());
  }

  const LoopRun& run_;
  const std::function<void(const RoundReport&)>& on_round_;
  Context& context_;
  std::string log_;
  std::vector<RoundReport> done_;
};

}  // namespace

void run_rounds(const LoopRun& run, const std::function<void(const RoundReport&)>& on_round,
                Context& context) {
  Rounds(run, on_round, context).go();
}

}  // namespace svg::loop
