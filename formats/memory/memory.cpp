#include "formats/memory/memory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "formats/memory/memory_json.h"
#include "formats/stream/seal.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/descriptor.h"
#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/path.h"

namespace svg::formats {
namespace {

std::string delta_name(int64_t id) {
  return cat(id, ".safetensors");
}
std::string state_name(int64_t id) {
  return cat(id, ".state.safetensors");
}

std::string read_sealed_file(const std::string& path) {
  std::string text = read_file(path);
  require(text.ends_with('\n'), ErrorKind::Data, path, ": does not end in a line break: cut off");
  text.pop_back();
  return text;
}

}  // namespace

Memory Memory::make(const std::string& dir, const MemoryInfo& info,
                    const std::function<void(Memory&)>& fill) {
  struct stat there {};
  const bool exists = ::stat(dir.c_str(), &there) == 0;
  require(!exists || (S_ISDIR(there.st_mode) && names_in(dir).empty()), ErrorKind::CannotCreate,
          "cannot create ", dir, ": it exists");
  memory_info_from(to_json(info), dir);  // nothing is written that a reader would refuse
  AtomicFolder folder(dir);
  make_directories(folder.temporary_path() + "/rev");
  Memory memory(dir);
  memory.info_ = info;
  memory.root_ = folder.folder();
  memory.lock();
  write_file_atomically(memory.root_, "memory.json", sealed(to_json(info), dir) + "\n");
  write_file_atomically(memory.root_, "log.jsonl", "");
  write_file_atomically(memory.root_, "HEAD", sealed({{"revision", 0}}, dir) + "\n");
  fill(memory);
  folder.finish();
  return memory;
}

Memory Memory::create(const std::string& dir, const MemoryInfo& info) {
  return make(dir, info, [](Memory&) {});
}

Memory Memory::open(const std::string& dir) {
  Memory memory(dir);
  memory.read(false);
  return memory;
}

Memory Memory::open_for_writing(const std::string& dir) {
  Memory memory(dir);
  require(is_folder(dir), ErrorKind::NoInput, "cannot open memory ", dir, ": no such directory");
  memory.root_ = Folder::open(dir, ErrorKind::NoInput, "cannot open memory " + dir);
  memory.lock();
  memory.read(true);
  memory.clear_leftovers();
  return memory;
}

void Memory::lock() {
  rev_ = root_.below("rev");
  lock_ = root_.open_file("lock", O_RDWR | O_CREAT);
  require_system(static_cast<bool>(lock_), ErrorKind::CannotCreate, "cannot write to memory ",
                 dir_);
  require(::flock(lock_.number(), LOCK_EX | LOCK_NB) == 0, ErrorKind::CannotCreate,
          "cannot write to memory ", dir_, ": another process has it open for writing");
}

void Memory::read(bool repair) {
  bool there = is_folder(dir_);
  require(there, ErrorKind::NoInput, "cannot open memory ", dir_, ": no such directory");
  std::string about = dir_ + "/memory.json", head = dir_ + "/HEAD";
  info_ = memory_info_from(parse_sealed(read_sealed_file(about), about), about);
  // HEAD before the log: a writer at work adds to the log first, so the log is never behind.
  head_ = read_integer(parse_sealed(read_sealed_file(head), head), "revision", head);
  read_log(read_file(dir_ + "/log.jsonl"), repair);
  require(knows(head_), ErrorKind::Data, head, ": revision ", head_,
          " is not in the log, which ends at ", last_id());
}

void Memory::read_log(const std::string& text, bool repair) {
  std::string path = dir_ + "/log.jsonl";
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    std::string where = cat(path, ":", log_.size() + 1);
    std::string line = text.substr(begin, end - begin);
    Revision revision = revision_from(parse_sealed(line, where), where);
    require(revision.id > last_id() && knows(revision.parent), ErrorKind::Data, where,
            ": revision ", revision.id, " with parent ", revision.parent,
            ", expected a revision after ", last_id(), " and a parent among those before it");
    log_.push_back(std::move(revision));
    lines_.push_back(std::move(line));
  }
  if (begin == text.size()) return;
  repairs_.push_back(cat(path, ": the last line is cut off and was left out"));
  if (!repair) return;
  const Descriptor log = root_.open_file("log.jsonl", O_WRONLY);
  const bool cut = log && ::ftruncate(log.number(), static_cast<off_t>(begin)) == 0;
  require_system(cut, ErrorKind::Io, "cannot write ", path);
}

void Memory::clear_leftovers() {
  std::set<std::string> known;
  for (const Revision& revision : log_) {
    known.insert(delta_name(revision.id));
    known.insert(state_name(revision.id));
  }
  for (const Folder* folder : {&root_, &rev_}) {
    for (const std::string& name : folder->names()) {
      bool temporary = name.find(".tmp-") != std::string::npos;
      bool unknown = folder == &rev_ && !known.contains(name);
      if (!temporary && !unknown) continue;
      folder->remove(name);
      repairs_.push_back(cat(folder->path_of(name), ": left by a stopped writer, removed"));
    }
  }
}

bool Memory::knows(int64_t id) const {
  return id == 0 || std::ranges::binary_search(log_, id, {}, &Revision::id);
}

size_t Memory::position(int64_t id) const {
  require(id != 0, ErrorKind::NoInput, dir_,
          ": revision 0 is the empty memory, which holds nothing");
  require(knows(id), ErrorKind::NoInput, dir_, ": no revision ", id, ", the log ends at ",
          last_id());
  return static_cast<size_t>(std::ranges::lower_bound(log_, id, {}, &Revision::id) - log_.begin());
}

std::vector<int64_t> Memory::way_to(int64_t id) const {
  std::vector<int64_t> way;
  for (; id != 0; id = revision(id).parent) way.push_back(id);
  std::ranges::reverse(way);
  return way;
}

const Revision& Memory::revision(int64_t id) const {
  return log_[position(id)];
}

std::string Memory::delta_path(int64_t id) const {
  return dir_ + "/rev/" + delta_name(id);
}
std::string Memory::state_path(int64_t id) const {
  return dir_ + "/rev/" + state_name(id);
}
bool Memory::has_files(int64_t id) const {
  return path_exists(delta_path(id)) && path_exists(state_path(id));
}

namespace {

SafetensorsFile open_checked(const std::string& path, const std::string& sha256) {
  require(path_exists(path), ErrorKind::NoInput, path,
          ": not there: the memory does not keep the files of this revision");
  std::string found = sha256_hex_of_file(path);
  require(found == sha256, ErrorKind::Data, path,
          ": its SHA-256 is not the one in the log: the file is damaged");
  return SafetensorsFile(path);
}

}  // namespace

LoraDelta Memory::delta(int64_t id) const {
  LoraDelta delta = LoraDelta::of(open_checked(delta_path(id), revision(id).delta_sha256));
  bool same = delta.ours() && delta.info().base == info_.lora.base &&
              delta.info().rank == info_.lora.rank && delta.info().alpha == info_.lora.alpha;
  require(same, ErrorKind::Data, delta.path(),
          ": base, rank or alpha differ from those in memory.json");
  return delta;
}

SafetensorsFile Memory::state(int64_t id) const {
  return open_checked(state_path(id), revision(id).state_sha256);
}

int64_t Memory::append(Revision revision, const std::vector<LoraLayer>& delta,
                       const std::vector<TensorView>& state, const ordered_json& provenance) {
  require(static_cast<bool>(lock_), ErrorKind::Internal, dir_, ": not open for writing");
  bool finite = std::isfinite(revision.loss_before.value_or(0)) &&
                std::isfinite(revision.loss_after.value_or(0)) && std::isfinite(revision.norm);
  require(finite, ErrorKind::Data, dir_, ": the loss or norm of chunk ", revision.chunk,
          " is not finite: fast learning diverged");
  require(knows(revision.parent), ErrorKind::Internal, dir_, ": no revision ", revision.parent,
          " to go on from");
  revision.id = last_id() + 1;
  LoraInfo info = info_.lora;
  info.provenance = provenance;
  const std::string delta_file = delta_name(revision.id), state_file = state_name(revision.id);
  write_lora_delta(rev_, delta_file, info, delta);
  write_safetensors(rev_, state_file, state, {{"svg.format", "svg-memory-state/1"}});
  revision.delta_sha256 = sha256_hex_of_file(rev_, delta_file);
  revision.state_sha256 = sha256_hex_of_file(rev_, state_file);
  std::string line = sealed(to_json(revision), dir_);
  append_log_line(line);
  log_.push_back(revision);
  lines_.push_back(line);
  write_head(revision.id);
  drop_files_not_kept();
  return revision.id;
}

void Memory::append_log_line(const std::string& line) {
  std::string path = dir_ + "/log.jsonl";
  const Descriptor log = root_.open_file("log.jsonl", O_WRONLY | O_APPEND);
  const int fd = log.number();
  require_system(fd >= 0, ErrorKind::Io, "cannot write ", path);
  off_t old_size = ::lseek(fd, 0, SEEK_END);
  try {
    write_all(fd, as_bytes_of(line + "\n"), path);
    require_system(::fdatasync(fd) == 0, ErrorKind::Io, "cannot write ", path);
  } catch (...) {  // half a line in the middle of the log would spoil every later one
    if (::ftruncate(fd, old_size) != 0) repairs_.push_back(path + ": a torn line stays");
    throw;
  }
}

void Memory::write_head(int64_t id) {
  write_file_atomically(root_, "HEAD", sealed({{"revision", id}}, dir_) + "\n");
  head_ = id;
}

void Memory::drop_files_not_kept() {
  int64_t parent = head_ > 0 ? revision(head_).parent : 0;
  for (const Revision& revision : log_) {
    if (revision.id == head_ || revision.id == parent || info_.keep.keeps(revision.id)) continue;
    remove_files(revision.id);
  }
}

void Memory::remove_files(int64_t id) const {
  rev_.remove(delta_name(id));
  rev_.remove(state_name(id));
}

}  // namespace svg::formats
