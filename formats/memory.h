// The memory directory (NAME.memory/): a LoRA delta with a history. Page: formats/memory.md. Torch-free.
//   memory.json  what the memory is of      log.jsonl  one line a revision, append-only      HEAD  the
//   revision to go on from rev/<id>.safetensors  the LoRA delta    rev/<id>.state.safetensors  the
//   optimizer's moments    lock  held by the writer
// Revision ids count from 1; revision 0 is the empty memory, before the first chunk, and has no files.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/base/json.h"
#include "formats/lora_delta.h"
#include "formats/safetensors.h"

namespace svg::formats {

// Which revisions keep their files: "all", "last", "every:N". HEAD and its parent always do, so that a
// stopped run can go one chunk back.
struct KeepPolicy {
  int64_t every = 1;                                 // 1 all, 0 last, N multiples of N
  static KeepPolicy parse(const std::string& text);  // throws Error{Usage}
  std::string text() const;
  bool keeps(int64_t id) const { return every > 0 && id % every == 0; }
};

struct MemoryInfo {
  LoraInfo lora;           // base fingerprint, rank, alpha, targets, provenance of the memory's first run
  ordered_json optimizer;  // settings of fast learning, as an object
  KeepPolicy keep;
};

struct Revision {
  int64_t id = 0, parent = 0;  // id is given by append()
  std::string episode{};
  int64_t chunk = 0;
  std::string action{};
  double loss_before = 0, loss_after = 0;  // of the fast-learning objective
  double norm = 0;                         // Euclidean norm of the change alpha/rank * B A, over all layers
  std::string delta_sha256{}, state_sha256{};  // of the two files, 64 hex digits; set by append()
};

// "walk.memory@12" -> {"walk.memory", 12}; without @ the revision is empty and HEAD is meant.
struct MemoryRef {
  std::string dir;
  std::optional<int64_t> revision;
  static MemoryRef parse(const std::string& text);  // throws Error{Usage}
};

class Memory {
 public:
  // A new, empty memory, open for writing. Throws Error{CannotCreate} if `dir` exists and is not an empty
  // directory.
  static Memory create(const std::string& dir, const MemoryInfo& info);
  // To read. Throws Error{NoInput, Data}. A torn last log line is left out (a writer may be at work, or was
  // stopped).
  static Memory open(const std::string& dir);
  // To append. Throws Error{CannotCreate} if another process has it open for writing. Clears up after a
  // stopped writer: a torn last log line, temporary files and files of revisions that the log does not name
  // are removed; repairs() says what.
  static Memory open_for_writing(const std::string& dir);
  Memory(Memory&&) noexcept;
  Memory& operator=(Memory&&) noexcept;
  ~Memory();

  const std::string& dir() const { return dir_; }
  const MemoryInfo& info() const { return info_; }
  const std::vector<Revision>& log() const { return log_; }  // log()[k] has id k + 1
  int64_t head() const { return head_; }
  const std::vector<std::string>& repairs() const { return repairs_; }

  // Throws Error{NoInput} for an id that the log does not name.
  const Revision& revision(int64_t id) const;
  bool has_files(int64_t id) const;
  // The files of a revision, checked against the hashes of the log. Throws Error{NoInput} where they are not
  // kept.
  LoraDelta delta(int64_t id) const;
  SafetensorsFile state(int64_t id) const;

  // Adds a revision on top of revision.parent and makes it HEAD: files, then log line, then HEAD, each
  // synced. Then drops files that the keep policy does not want. Returns the id. A failure leaves the memory
  // as it was.
  int64_t append(Revision revision, const std::vector<LoraLayer>& delta, const std::vector<TensorView>& state,
                 const ordered_json& provenance);
  // Drops every revision after `id` and makes it HEAD, so that appending goes on as if they had never been.
  // Throws Error{NoInput} if the files of `id` are no longer kept.
  void rewind_to(int64_t id);

  // Everything that is wrong, one line each: hashes, parents, base fingerprint, rank, missing files, values
  // that are not finite. Empty if nothing is.
  std::vector<std::string> verify() const;

  std::string delta_path(int64_t id) const;
  std::string state_path(int64_t id) const;

 private:
  explicit Memory(std::string dir) : dir_(std::move(dir)) {}
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
  int lock_ = -1;  // descriptor of the lock file; -1: read only
};

}  // namespace svg::formats
