#include "formats/memory/memory_tail.h"

#include <map>

#include "formats/provenance.h"
#include "formats/stream/latent_stream.h"
#include "libcore/base/error.h"

namespace svg::formats {
namespace {

// What a memory says of the chunks on the way to a revision.
class Path {
 public:
  Path(const Memory& memory, int64_t id) : memory_(memory) {
    // Where a chunk was learned twice, the later revision counts.
    for (const int64_t k : memory.way_to(id)) learned_[memory.revision(k).chunk] = k;
    if (id != 0) {
      episode_ = memory.revision(id).episode;
      end_ = memory.revision(id).chunk + 1;
      return;
    }
    for (const Revision& r : memory.log()) {
      if (r.parent != 0 || (end_ && r.chunk >= *end_)) continue;
      episode_ = r.episode;
      end_ = r.chunk;
    }
    require(end_.has_value(), ErrorKind::NoInput, memory.dir(),
            ": is empty: any stream may be the beginning of its episode");
  }

  const std::string& episode() const { return episode_; }
  int64_t end() const { return *end_; }  // the first chunk that is not wanted

  void check(const ChunkHeader& chunk, int64_t index, const std::string& where) const {
    auto found = learned_.find(index);
    if (found == learned_.end()) return;
    const Revision& r = memory_.revision(found->second);
    require(chunk.action == r.action, ErrorKind::Config, where, ": chunk ", index, " is \"",
            chunk.action, "\", revision ", r.id, " of ", memory_.dir(), " has learned \"", r.action,
            "\": it is the stream of another episode or branch");
    // Same action, another branch: the chunk was made by another revision than the one that r goes
    // on from.
    const int64_t made_by = chunk.memory.value_or(r.parent);
    bool other = chunk.role == Role::Generated && made_by != r.parent && memory_.knows(made_by);
    require(!other, ErrorKind::Config, where, ": chunk ", index, " was made by revision ", made_by,
            " of its memory, ", memory_.dir(), "@", r.id, " goes on from ", r.parent,
            ": it is the stream of another branch");
  }

 private:
  const Memory& memory_;
  std::map<int64_t, int64_t> learned_;  // chunk -> revision
  std::string episode_;
  std::optional<int64_t> end_;
};

StreamHeader header_of_tail(StreamHeader header, const Memory& memory, int64_t id) {
  ordered_json inputs = ordered_json::object();
  if (id != 0) inputs["memory"] = "sha256:" + memory.revision(id).delta_sha256;
  header.provenance = make_provenance("svg-memory", {{"command", "tail"}, {"revision", id}}, 0,
                                      inputs, header.provenance);
  return header;
}

}  // namespace

int64_t write_tail(const Memory& memory, int64_t id, const std::string& input,
                   const std::string& output) {
  Path path(memory, id);
  auto reader = StreamReader::open(input);
  auto writer = StreamWriter::create(output, Durability::WhenFinished);
  try {
    int64_t written = 0;
    for (bool begun = false; written < path.end();) {
      auto record = reader.next();
      require(record.has_value(), ErrorKind::NoInput, reader.name(), ": ends ",
              reader.cut_off() ? "(cut off) " : "", "before chunk ", path.end() - 1,
              " of episode \"", path.episode(), "\", which ", memory.dir(), "@", id,
              " needs: ", written, " of its chunks are there");
      if (record->kind() == RecordKind::Stream) {
        require(!begun, ErrorKind::Config, reader.name(),
                ": holds more than one stream: expected that of one episode");
        begun = true;
        writer.write(to_json(header_of_tail(record->stream(), memory, id)));
      }
      if (record->kind() != RecordKind::Chunk) continue;
      const ChunkHeader header = record->chunk();
      if (header.episode != path.episode()) continue;
      // Given chunks are counted as they come.
      require(header.role != Role::Generated || header.index == written, ErrorKind::Config,
              reader.name(), ": chunk ", header.index, " where chunk ", written,
              " was expected: the episode must be whole from its beginning");
      path.check(header, written, reader.name());
      writer.write(to_json(header), record->tensors().tensors);
      ++written;
    }
    writer.finish();
    return written;
  } catch (...) {
    writer.discard();
    throw;
  }
}

}  // namespace svg::formats
