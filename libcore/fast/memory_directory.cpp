#include "libcore/fast/memory_directory.h"

#include <filesystem>

#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/base/path.h"

namespace svg::fast {

namespace fs = std::filesystem;

MemoryDirectory::MemoryDirectory(const std::string& text, const FastSettings& fast,
                                 const std::string& base)
    : ref_(formats::MemoryRef::parse(text)) {
  const bool there = path_exists(ref_.dir + "/memory.json");
  require(there || !ref_.revision, ErrorKind::NoInput, ref_.dir,
          ": no such memory, so it has no revision ", ref_.revision.value_or(0));
  if (!there) return;
  directory_ = formats::Memory::open_for_writing(ref_.dir);
  for (const auto& repair : directory_->repairs()) log_warn(cat(ref_.dir, ": ", repair));
  check_memory_fits(*directory_, fast, base);
  start_ = {ref_.revision.value_or(directory_->head()),
            static_cast<int64_t>(directory_->log().size())};
  if (start_.revision != 0) directory_->revision(start_.revision);
  if (start_.revision != 0 && directory_->has_files(start_.revision))
    start_.steps = optimizer_steps(*directory_, start_.revision);
  revision_ = start_.revision;
}

void MemoryDirectory::create(const formats::MemoryInfo& info) {
  if (directory_) {
    // A second run of a pipeline goes on from what the first has learned: nothing says so else.
    if (!begun_ && !ref_.revision && !directory_->log().empty())
      log_info(cat(dir(), ": not new: goes on from revision ", revision_, " of ",
                   directory_->last_id(), "; name a new --memory to begin unlearned"));
    return;
  }
  directory_ = formats::Memory::create(ref_.dir, info);
  created_ = true;
}

void MemoryDirectory::discard() {
  if (!created_ || !directory_->log().empty()) return;
  directory_.reset();
  fs::remove_all(ref_.dir);
  created_ = false;
}

void MemoryDirectory::note_start(ordered_json& settings, ordered_json& inputs) const {
  settings["memory"] = {
      {"revision", start_.revision}, {"revisions", start_.revisions}, {"steps", start_.steps}};
  if (start_.revision != 0)
    inputs["memory"] = "sha256:" + directory_->revision(start_.revision).delta_sha256;
}

void MemoryDirectory::take_up(const std::function<ordered_json()>& provenance) {
  if (!directory_) return;
  const auto now = start_;
  for (const int64_t id : {directory_->last_id(), directory_->head()}) {
    if (id == 0 || !directory_->has_files(id)) continue;
    const ordered_json theirs = directory_->delta(id).info().provenance;
    if (!theirs.is_object()) continue;
    try {
      begun_as(theirs, dir());
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::Config) throw;
      continue;  // begun elsewhere than here
    }
    if (json(provenance()) == json(theirs)) return;
    begun_at(now);  // another command's: nothing of ours is there yet
    begun_ = false;
  }
}

void MemoryDirectory::begun_as(const ordered_json& provenance, const std::string& where) {
  const auto settings = provenance.find("settings");
  if (settings == provenance.end() || !settings->is_object() || !settings->contains("memory"))
    return;
  const auto start = json_get<ordered_json>(*settings, "memory", where);
  begun_at({read_integer(start, "revision", where), read_integer(start, "revisions", where),
            json_get_or<int64_t>(start, "steps", 0, where)});
}

void MemoryDirectory::begun_at(const MemoryStart& start) {
  const auto revisions = directory_ ? static_cast<int64_t>(directory_->log().size()) : 0;
  const bool known = start.revision == 0 || (directory_ && directory_->knows(start.revision));
  require(known && start.revisions <= revisions, ErrorKind::Config, dir(), ": holds ", revisions,
          " revisions, the stopped run began with ", start.revisions,
          ": it is another memory, or was rewound");
  require(!ref_.revision || *ref_.revision == start.revision, ErrorKind::Config, dir(),
          ": the stopped run began at revision ", start.revision, ", not ",
          ref_.revision.value_or(0), ": use the same command");
  start_ = start;
  revision_ = start.revision;
  begun_ = true;
}

bool MemoryDirectory::has_learned(const std::string& episode, int64_t chunk,
                                  const std::string& action) const {
  if (!directory_ || start_.revisions + own_ >= static_cast<int64_t>(directory_->log().size()))
    return false;
  const auto& next = directory_->log()[static_cast<size_t>(start_.revisions + own_)];
  if (next.parent != revision_ || next.episode != episode || next.chunk != chunk ||
      next.action != action)
    refuse(next.id);
  return true;
}

bool MemoryDirectory::has_more() const {
  return directory_ && static_cast<int64_t>(directory_->log().size()) > start_.revisions + own_;
}

void MemoryDirectory::take_learned(bool made_again) {
  revision_ = directory_->log()[static_cast<size_t>(start_.revisions + own_)].id;
  ++own_;
  loaded_ = made_again;
}

void MemoryDirectory::settle(const ordered_json& provenance) {
  if (own_ > 0) check_own(revision_, provenance);
  const auto& log = directory_->log();
  const auto expected = static_cast<size_t>(start_.revisions + own_);
  if (log.size() > expected) {
    check_own(log[expected].id, provenance);
    directory_->rewind(expected == 0 ? 0 : log[expected - 1].id, revision_);
  } else if (own_ > 0 && directory_->head() != revision_) {
    directory_->checkout(revision_);
  }
}

void MemoryDirectory::load(TempLora& memory, int64_t episode, uint64_t seed) {
  if (!loaded_ && revision_ == 0) memory.reset(seed, episode);
  if (!loaded_ && revision_ != 0) restore_revision(*directory_, revision_, memory, episode, seed);
  loaded_ = true;
}

void MemoryDirectory::store(const TempLora& memory, int64_t episode, formats::Revision revision,
                            const ordered_json& provenance) {
  revision.parent = revision_;
  revision_ = store_revision(*directory_, memory, episode, std::move(revision), provenance);
  ++own_;
}

void MemoryDirectory::refuse(int64_t id) const {
  fail(ErrorKind::Config, dir(), ": revision ", id,
       " was not learned by the stopped run: the memory is another one, or something else has",
       " used it since: start anew without --resume, from ", dir(), "@", revision_);
}

void MemoryDirectory::check_own(int64_t id, const ordered_json& provenance) const {
  if (json(directory_->delta(id).info().provenance) != json(provenance)) refuse(id);
}

}  // namespace svg::fast
