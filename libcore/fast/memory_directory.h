// The memory of a run on disk: which revision it stands at, and what a stopped run has learned
// already.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "formats/memory/memory.h"
#include "libcore/fast/memory_store.h"

namespace svg::fast {

// Where a memory stands when a run begins: the revision it goes on from, how many the log holds by
// then, and how many steps its optimizer has made.
struct MemoryStart {
  int64_t revision = 0, revisions = 0, steps = 0;
};

// The fast weights on disk. What a stopped run has learned is not learned again: its revisions are
// the ones behind those that it began with, one for each learning in order.
class MemoryDirectory {
 public:
  // "DIR" or "DIR@ID". Opens what is there, which must fit; create() makes what is not. Throws
  // Error{NoInput, Config}.
  MemoryDirectory(const std::string& text, const FastSettings& fast, const std::string& base);
  void create(const formats::MemoryInfo& info);
  // Takes back a memory that create() made, if nothing has been learned into it.
  void discard();

  const MemoryStart& start() const { return start_; }
  const std::string& dir() const { return ref_.dir; }
  int64_t revision() const { return revision_; }
  // How many revisions this run has learned, stopped parts included, and whether the log has more
  // behind them.
  int64_t learned() const { return own_; }
  bool has_more() const;
  // Adds to a provenance where the run begins: settings.memory, and inputs.memory, the weights,
  // unless that is revision 0.
  void note_start(ordered_json& settings, ordered_json& inputs) const;
  // Takes up the run that a stopped command began, where the newest revision or HEAD is that run's:
  // `provenance` makes what this command says of itself, from where start() is by then. A command
  // that was killed between a revision's line in the log and HEAD has left HEAD at the one before.
  void take_up(const std::function<ordered_json()>& provenance);

  // The run was begun as `provenance`, which stands in `where`, notes; what stands in the log
  // behind that is its own. Nothing changes where it notes no memory. Throws Error{Config} where
  // that cannot be, Error{Data}.
  void begun_as(const ordered_json& provenance, const std::string& where);
  void begun_at(const MemoryStart& start);
  // Whether the stopped run has learned the chunk, which comes next. Throws Error{Config} where it
  // has learned another.
  bool has_learned(const std::string& episode, int64_t chunk, const std::string& action) const;
  // It has: its revision is where the run stands now. `made_again`: the running weights are those,
  // too.
  void take_learned(bool made_again);
  // After everything that the stopped run wrote: HEAD is its last revision. One that learned a
  // chunk which did not reach the disk goes.
  void settle(const ordered_json& provenance);

  // Puts the revision that the run stands at into one episode of `memory`, unless that has it.
  void load(TempLora& memory, int64_t episode, uint64_t seed);
  void store(const TempLora& memory, int64_t episode, formats::Revision revision,
             const ordered_json& provenance);

 private:
  [[noreturn]] void refuse(int64_t id) const;
  void check_own(int64_t id, const ordered_json& provenance) const;

  formats::MemoryRef ref_;
  std::optional<formats::Memory> directory_;
  MemoryStart start_;
  int64_t revision_ = 0;
  int64_t own_ = 0;      // revisions that this run has learned, stopped parts included
  bool loaded_ = false;  // whether the running weights are those of revision_
  bool created_ = false;
  bool begun_ = false;  // by a stopped run, whose start is known
};

}  // namespace svg::fast
