// Latent streams (.latents, or a pipe): records of a JSON header and, for some kinds, a safetensors
// blob. Page: formats/latent-stream.md. Torch-free.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "formats/safetensors.h"
#include "formats/stream/stream_headers.h"
#include "libcore/base/hash.h"
#include "libcore/base/json.h"

namespace svg::formats {

struct Record {
  ordered_json header;
  std::vector<std::byte> blob;  // decompressed safetensors blob; empty for kinds without data
  SafetensorsView tensors() const { return parse_safetensors(blob, "record"); }
  RecordKind kind() const { return record_kind_of(header, "record"); }
  // Of a record of that kind.
  StreamHeader stream() const { return stream_header_from(header, "record"); }
  ChunkHeader chunk() const { return chunk_header_from(header, "record"); }
  DrawsHeader draws() const { return draws_header_from(header, "record"); }
};

// Reads records from a file descriptor; memory does not grow with the length of the stream.
// A chunk header's fields are checked against its tensors and the stream header (frames, channels,
// height, width); concatenated streams (stream .. end stream .. end) are one sequence.
class StreamReader {
 public:
  // `name` is "-" for standard input, else a path. Throws Error{NoInput}.
  static StreamReader open(const std::string& name);
  StreamReader(int descriptor, std::string name, bool owns);
  ~StreamReader();
  StreamReader(StreamReader&&) noexcept;

  // The next record, `end` and `draws` included; nullopt at the end of the input.
  // Throws Error{Data} with file and byte offset for anything malformed. A cut-off stream (no
  // `end`, or a torn record) is not thrown here: next() returns nullopt and cut_off() says so, for
  // the tool to report and exit 65 unless --salvage.
  std::optional<Record> next();
  bool cut_off() const;
  // Offset just behind the last whole record returned: where a resumed writer goes on.
  uint64_t offset() const;
  // Goes on with the record that begins at byte `offset` of a file that was read whole before: a
  // `stream`, or a record of the stream whose header was read last. What its `end` states is not
  // compared: it is of the records passed over, too. Throws Error{Io} for what is no file.
  void seek(uint64_t offset);
  const std::string& name() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What is on the disk when: a stream that a run resumes from syncs each record; one that can be
// made again only its whole self.
enum class Durability { EachRecord, WhenFinished };

// Writes records; keeps the running hash and the chunk and frame counts that `end` states.
// To a path: the stream grows as PATH.partial, each record synced unless asked otherwise, and is
// renamed by finish(). To "-": standard output, each record flushed.
class StreamWriter {
 public:
  static StreamWriter create(const std::string& path,
                             Durability durability = Durability::EachRecord);
  // Goes on with PATH.partial after its last whole record, whose records have been read by the
  // caller; drops a torn tail.
  static StreamWriter resume(const std::string& path);
  StreamWriter(StreamWriter&&) noexcept;
  ~StreamWriter();  // without finish(): PATH.partial stays, for --resume (discard() removes it)

  // header must have "kind"; the check field is added here. Throws Error{Io}, BrokenPipe.
  void write(const ordered_json& header, const std::vector<TensorView>& tensors = {});
  void finish();  // writes `end`, syncs, renames
  void discard();

 private:
  struct Impl;
  explicit StreamWriter(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

// For a stream in memory (tests) and for byte-exact comparison: one record as bytes.
std::vector<std::byte> encode_record(const ordered_json& header,
                                     const std::vector<TensorView>& tensors);

}  // namespace svg::formats
