// The memory directory (NAME.memory/): a LoRA delta with a history. Page: formats/memory.md.
// Torch-free.
//   memory.json  what the memory is of      log.jsonl  one line a revision, append-only      HEAD
//   the revision to go on from rev/<id>.safetensors  the LoRA delta    rev/<id>.state.safetensors
//   the optimizer's moments    lock  held by the writer
// Revision ids grow from 1; revision 0 is the empty memory, before the first chunk, and has no
// files.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "formats/lora/lora_delta.h"
#include "formats/safetensors.h"
#include "libcore/base/folder.h"
#include "libcore/base/json.h"

namespace svg::formats {

// In the state of a revision: how many steps the optimizer has made, I64 [1]. Alone and 0 where it
// is a new one.
constexpr const char* kOptimizerStep = "optimizer.step";

// Which revisions keep their files: "all", "last", "every:N". Appending leaves HEAD and its parent
// theirs, so that a stopped run can go one chunk back.
struct KeepPolicy {
  int64_t every = 1;                                 // 1 all, 0 last, N multiples of N
  static KeepPolicy parse(const std::string& text);  // throws Error{Usage}
  std::string text() const;
  bool keeps(int64_t id) const { return every > 0 && id % every == 0; }
};

struct MemoryInfo {
  LoraInfo lora;  // base fingerprint, rank, alpha, targets, provenance of the memory's first run
  ordered_json optimizer;  // settings of fast learning, as an object
  KeepPolicy keep;
};

struct Revision {
  int64_t id = 0, parent = 0;  // id is given by append()
  std::string episode{};
  int64_t chunk = 0;
  std::string action{};
  // Of the fast-learning objective; empty where it was not measured, or nothing was learned
  // (imported, merged).
  std::optional<double> loss_before{}, loss_after{};
  std::optional<int64_t> steps{};  // of gradient descent; empty where nothing was learned, or an
                                   // older writer did not say
  double norm = 0;                 // Euclidean norm of the change alpha/rank * B A, over all layers
  std::string delta_sha256{}, state_sha256{};  // of the two files, 64 hex digits; set by append()
};

// "walk.memory@12" -> {"walk.memory", 12}; without @ the revision is empty and HEAD is meant.
struct MemoryRef {
  std::string dir;
  std::optional<int64_t> revision;
  static MemoryRef parse(const std::string& text);  // throws Error{Usage}
};

// "walk.memory@3..5" -> {"walk.memory", 3, 5}; "walk.memory@3" is the one revision 3.
struct MemoryRange {
  std::string dir;
  int64_t first = 0, last = 0;
  static MemoryRange parse(const std::string& text);  // throws Error{Usage}
};

class Memory {
 public:
  // A new, empty memory, open for writing. Throws Error{CannotCreate} if `dir` exists and is not an
  // empty directory.
  static Memory create(const std::string& dir, const MemoryInfo& info);
  // A new memory whose revision 1 is `delta`, not learned chunk by chunk: it has no losses, and an
  // optimizer that has made no step. Throws as create(). It stands there whole or not at all.
  static Memory create_whole(const std::string& dir, const MemoryInfo& info,
                             const std::vector<LoraLayer>& delta);
  // To read. Throws Error{NoInput, Data}. A torn last log line is left out (a writer may be at
  // work, or was stopped).
  static Memory open(const std::string& dir);
  // To append. Throws Error{CannotCreate} if another process has it open for writing, Error{Data}
  // if it holds links where files and folders of its own belong. Clears up after a stopped writer:
  // a torn last log line, temporary files and files of revisions that the log does not name are
  // removed; repairs() says what.
  static Memory open_for_writing(const std::string& dir);
  Memory(Memory&&) noexcept = default;
  Memory& operator=(Memory&&) noexcept = default;

  const std::string& dir() const { return dir_; }
  const MemoryInfo& info() const { return info_; }
  const std::vector<Revision>& log() const {
    return log_;
  }  // ids grow; one that is missing was forgotten
  int64_t last_id() const { return log_.empty() ? 0 : log_.back().id; }
  int64_t head() const { return head_; }
  const std::vector<std::string>& repairs() const { return repairs_; }

  // Throws Error{NoInput} for an id that the log does not name.
  const Revision& revision(int64_t id) const;
  bool knows(int64_t id) const;  // 0, or a line of the log
  // The revisions that led to `id`, the oldest first and `id` last; none for 0. Throws as
  // revision().
  std::vector<int64_t> way_to(int64_t id) const;
  bool has_files(int64_t id) const;
  // The files of a revision, checked against the hashes of the log. Throws Error{NoInput} where
  // they are not kept.
  LoraDelta delta(int64_t id) const;
  SafetensorsFile state(int64_t id) const;

  // Adds a revision on top of revision.parent and makes it HEAD: files, then log line, then HEAD,
  // each synced. Then drops files that the keep policy does not want. Returns the id. A failure
  // leaves the memory as it was.
  int64_t append(Revision revision, const std::vector<LoraLayer>& delta,
                 const std::vector<TensorView>& state, const ordered_json& provenance);
  // Drops every revision after `last` and makes `head` HEAD, so that appending goes on as if they
  // had never been. Throws Error{NoInput} if the files of `head` are no longer kept.
  void rewind(int64_t last, int64_t head);
  void rewind_to(int64_t id) { rewind(id, id); }
  // Makes `id` HEAD: what is appended next goes on from there, as a branch where `id` has a child
  // already. Throws Error{NoInput} if its files are no longer kept.
  void checkout(int64_t id);
  // Drops the revisions first..last: the log no longer names them, their files go, and their
  // children become those of the nearest ancestor that stays. What later revisions have learned
  // since is theirs and stays. HEAD inside the range moves to that ancestor. Returns what was
  // dropped. Throws Error{Config} where HEAD has descendants outside the range: then it is not
  // clear where to go on.
  std::vector<int64_t> forget(int64_t first, int64_t last);
  // A new memory with `id` as HEAD and its ancestors, under their own ids. Files are shared by hard
  // links where the file system can: no file of a revision is ever changed in place. Throws as
  // create().
  static Memory fork(const Memory& from, int64_t id, const std::string& dir);

  // Everything that is wrong, one line each: hashes, parents, base fingerprint, rank, missing
  // files, values that are not finite. Empty if nothing is.
  std::vector<std::string> verify() const;

  std::string delta_path(int64_t id) const;
  std::string state_path(int64_t id) const;

 private:
  explicit Memory(std::string dir) : dir_(std::move(dir)) {}
  size_t position(int64_t id) const;  // in the log; as revision()
  void require_files(int64_t id) const;
  void write_log();
  void make_room_for(const std::vector<int64_t>& gone, const std::function<void()>& write);
  void remove_files(int64_t id) const;
  static Memory make(const std::string& dir, const MemoryInfo& info,
                     const std::function<void(Memory&)>& fill);
  void lock();
  void read(bool repair);
  void read_log(const std::string& text, bool repair);
  void clear_leftovers();
  void write_head(int64_t id);
  void append_log_line(const std::string& line);
  void drop_files_not_kept();

  std::string dir_;
  MemoryInfo info_;
  std::vector<Revision> log_;
  std::vector<std::string> lines_;  // of the log, as they stand in the file
  std::vector<std::string> repairs_;
  int64_t head_ = 0;
  // Open for writing: dir_, rev/ in it, and the lock. No name in them is followed out of them.
  Folder root_, rev_;
  Descriptor lock_;
};

}  // namespace svg::formats
