// One episode that svg-generate goes on with, as files: its first chunks, its actions, its memory
// and the stream that it becomes, which a stopped run may have begun.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/episode/action_source.h"
#include "libcore/episode/episode_file_settings.h"
#include "libcore/episode/episode_request.h"
#include "libcore/episode/episode_run.h"
#include "libcore/episode/latent_sink.h"
#include "libcore/episode/latent_source.h"
#include "libcore/episode/timings.h"
#include "libcore/fast/memory_directory.h"

namespace svg::episode {

// What the episodes of a run share.
struct GenerationContext {
  const EpisodeFileSettings& files;
  const Context& context;
  Pipeline& pipeline;
  const RunSettings& settings;
};

class GeneratedEpisode {
 public:
  // Reads the first chunks, opens what is there of the memory and, with --resume, of the output;
  // writes nothing. Throws Error{NoInput, Data}, Error{Config} where the model or the memory does
  // not fit.
  GeneratedEpisode(const EpisodeRequest&, const GenerationContext&);

  // It goes on as one of `count` in step, at this place: that shapes the last bits of what it
  // becomes. Before begin(). Throws Error{Config} where the stopped run was another command's.
  void take_place(size_t count, size_t place);

  const std::string& name() const { return name_; }
  const std::vector<LatentChunk>& opening() const { return opening_; }
  bool cut_off() const { return cut_off_; }
  const ordered_json& provenance() const { return provenance_; }
  fast::MemoryDirectory* memory() { return memory_ ? &*memory_ : nullptr; }
  const std::string& input() const { return request_.input; }
  const std::string& output() const { return request_.output; }
  const std::string& actions() const { return request_.actions; }
  // A run of this command has finished the output.
  bool complete() const { return complete_; }
  // Where it has: whether the actions are those of that run, to the last. Reads as many. Throws
  // Error{Config} where they are others, or fewer.
  bool plan_is_done();
  // Where there are more: goes on from a copy of the output, which stays until the longer one is
  // finished.
  void reopen();

  // There is something of a stopped run to go through first.
  bool taken_up() const { return taken_up_; }
  // Begins the output, or takes it up.
  void begin();
  // Makes the memory where there is none.
  void begin_memory();
  // Takes back what of these is new.
  void discard();

  // The next chunk's action; nothing at the end.
  std::optional<Action> next_action();
  // How many stand in the file now, which may still grow; nothing where that cannot be known.
  std::optional<size_t> actions_so_far() const;
  // How many there are: reads them all ahead.
  size_t action_count();

  // Whether a stopped run has written generated chunk `i` (from 0).
  bool holds(size_t i) const { return i < stored_count(); }
  size_t stored_count() const { return begun_.size(); }
  // It, where a stopped run has written it, else nullptr. Throws Error{Config} where it was made by
  // another action.
  const LatentChunk* stored(size_t i, const Action& action) const;
  // Everything that the stopped run wrote has been gone through: HEAD is what belongs to its last
  // chunk. Later calls do nothing.
  void settle();

  void write(const LatentChunk& generated);
  // There are no more than `generated` chunks. Throws Error{Config} where the stopped run had more.
  void check_end(size_t generated) const;
  void finish();

  Timings& timings() { return timings_; }

 private:
  void read_opening();
  void read_begun();
  ordered_json make_provenance(size_t count, size_t place) const;
  void begin_output();

  EpisodeRequest request_;
  GenerationContext c_;
  ActionSource actions_;
  std::deque<Action> ahead_;  // read, but not yet handed out
  std::string name_;
  formats::StreamHeader stream_;  // of the input
  std::vector<LatentChunk> opening_;
  bool cut_off_ = false;
  std::optional<fast::MemoryDirectory> memory_;
  std::vector<LatentChunk> begun_;  // generated chunks of the stopped run
  ordered_json begun_provenance_;   // what it said of itself; null: there is none
  bool taken_up_ = false, complete_ = false, settled_ = false;
  ordered_json provenance_;
  std::optional<StreamSink> sink_;
  Timings timings_;
};

}  // namespace svg::episode
