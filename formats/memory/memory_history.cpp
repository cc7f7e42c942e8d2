// The history of a memory as a tree: going back, branching off, forgetting, copying.
#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "formats/memory/memory.h"
#include "formats/memory/memory_json.h"
#include "formats/stream/seal.h"
#include "formats/tensor_numbers.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/descriptor.h"
#include "libcore/base/error.h"

namespace svg::formats {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kFullBelow = 1 << 20;  // bytes free: less than HEAD and the log may need

void share_file(const std::string& from, const std::string& to) {
  std::error_code failed;
  fs::create_hard_link(from, to, failed);
  if (failed) fs::copy_file(from, to, failed);
  require(!failed, ErrorKind::Io, "cannot copy ", from, " to ", to, ": ", failed.message());
}

}  // namespace

void Memory::require_files(int64_t id) const {
  if (id == 0) return;
  revision(id);
  require(has_files(id), ErrorKind::NoInput, dir_, ": the files of revision ", id,
          " are no longer kept (keep: ", info_.keep.text(), ")");
}

void Memory::write_log() {
  std::string text;
  for (const std::string& line : lines_) text += line + "\n";
  write_file_atomically(root_, "log.jsonl", text);
}

Memory Memory::create_whole(const std::string& dir, const MemoryInfo& info,
                            const std::vector<LoraLayer>& delta) {
  return make(dir, info, [&](Memory& memory) {
    const std::vector<std::byte> no_step(sizeof(int64_t));
    Revision revision;
    revision.norm = norm_of_update(delta);
    memory.append(std::move(revision), delta, {{kOptimizerStep, DType::I64, {1}, no_step}},
                  info.lora.provenance);
  });
}

// On a full disk not even HEAD can be written, and what would free it could never go. Then the
// files of the revisions `gone` go first, but for HEAD's: a line of the log without its files is a
// revision that is not kept.
void Memory::make_room_for(const std::vector<int64_t>& gone, const std::function<void()>& write) {
  try {
    write();
  } catch (const Error& e) {
    struct statvfs disk {};
    const bool full = ::fstatvfs(root_.descriptor(), &disk) == 0 &&
                      uint64_t{disk.f_bavail} * disk.f_frsize < kFullBelow;
    if (!full || (e.kind() != ErrorKind::Io && e.kind() != ErrorKind::CannotCreate)) throw;
    for (int64_t id : gone)
      if (id != head_) remove_files(id);
    write();
  }
}

void Memory::rewind(int64_t last, int64_t head) {
  require(static_cast<bool>(lock_), ErrorKind::Internal, dir_, ": not open for writing");
  if (last != 0) revision(last);
  require_files(head);
  if (head_ != head) write_head(head);
  std::vector<int64_t> gone;
  for (; last_id() > last; log_.pop_back(), lines_.pop_back()) gone.push_back(last_id());
  if (!gone.empty()) make_room_for(gone, [&] { write_log(); });
  for (int64_t id : gone) remove_files(id);
  drop_files_not_kept();
}

void Memory::checkout(int64_t id) {
  require(static_cast<bool>(lock_), ErrorKind::Internal, dir_, ": not open for writing");
  require_files(id);
  if (head_ != id) write_head(id);
}

std::vector<int64_t> Memory::forget(int64_t first, int64_t last) {
  require(static_cast<bool>(lock_), ErrorKind::Internal, dir_, ": not open for writing");
  revision(first);
  revision(last);
  auto in_range = [&](int64_t id) { return first <= id && id <= last; };

  std::map<int64_t, int64_t> heir;  // of each revision that goes: the nearest ancestor that stays
  std::set<int64_t> from_head{head_};
  std::vector<Revision> kept;
  std::vector<std::string> lines;
  std::vector<int64_t> gone;
  for (size_t k = 0; k < log_.size(); ++k) {
    Revision revision = log_[k];
    if (from_head.contains(revision.parent)) from_head.insert(revision.id);
    bool parent_goes = heir.contains(revision.parent);
    if (parent_goes) revision.parent = heir[revision.parent];
    if (in_range(revision.id)) {
      heir[revision.id] = revision.parent;
      gone.push_back(revision.id);
      continue;
    }
    bool clear = !in_range(head_) || !from_head.contains(revision.id);
    require(clear, ErrorKind::Config, dir_, ": HEAD is revision ", head_,
            ", which would go while revision ", revision.id,
            " that came from it stays: check out another revision first");
    lines.push_back(parent_goes ? sealed(to_json(revision), dir_) : lines_[k]);
    kept.push_back(std::move(revision));
  }

  // HEAD, log, files: whatever of this a crash leaves undone, the memory is whole at every moment.
  if (heir.contains(head_)) make_room_for(gone, [&] { checkout(heir[head_]); });
  log_ = std::move(kept);
  lines_ = std::move(lines);
  make_room_for(gone, [&] { write_log(); });
  for (int64_t id : gone) remove_files(id);
  return gone;
}

Memory Memory::fork(const Memory& from, int64_t id, const std::string& dir) {
  from.require_files(id);
  create_folder_atomically(dir, [&](const std::string& temporary) {
    make_directories(temporary + "/rev");
    write_file_atomically(temporary + "/lock", "");
    write_file_atomically(temporary + "/memory.json", read_file(from.dir_ + "/memory.json"));
    std::string log;
    for (int64_t k : from.way_to(id)) {
      log += from.lines_[from.position(k)] + "\n";
      if (!from.has_files(k)) continue;
      for (const std::string& file : {from.delta_path(k), from.state_path(k)})
        share_file(file, cat(temporary, "/rev/", fs::path(file).filename().string()));
    }
    Folder::open(temporary + "/rev", ErrorKind::Io, "cannot write " + dir).sync();
    write_file_atomically(temporary + "/log.jsonl", log);
    write_file_atomically(temporary + "/HEAD", sealed({{"revision", id}}, dir) + "\n");
  });
  return open_for_writing(dir);
}

}  // namespace svg::formats
