// The headers of a latent stream's records as plain structs. Page: formats/latent-stream.md.
// Torch-free.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "libcore/base/json.h"

namespace svg::formats {

// What a record is. Records of other kinds are never handed out (StreamReader).
enum class RecordKind { Stream, Chunk, Draws, End };

// Where a chunk's frames come from.
enum class Role { Input, Generated, Truth };
const char* role_name(Role);
// Throws Error{Data} naming what is expected.
Role role_from(const std::string& name, const std::string& where);

// Each has the header that it was read from, `source`: to_json() changes the fields there and keeps
// the order of keys, and keys that this version does not know. A header that was not read has none.

struct StreamHeader {
  std::string model{};  // fingerprint of the VAE
  int64_t channels = 0, height = 0, width = 0;
  double fps = 0;
  double scaling_factor = 1;  // that the latents have been multiplied by
  ordered_json provenance = ordered_json::object();
  ordered_json source{};
};

struct ChunkHeader {
  std::string episode{};
  int64_t index = 0;
  Role role = Role::Input;
  std::string action{};                         // may be empty
  std::optional<std::string> action_inverse{};  // the sentence that undoes it
  int64_t frames = 0;
  int64_t past = 0;                 // clean frames that the chunk was generated from
  std::optional<int64_t> memory{};  // revision that was used
  std::optional<uint64_t> seed{};   // of its random draws
  ordered_json source{};
};

// Random draws that are given instead of made: of which chunk.
struct DrawsHeader {
  std::string episode{};
  int64_t index = 0;
  ordered_json source{};
};

ordered_json to_json(const StreamHeader&);
ordered_json to_json(const ChunkHeader&);
ordered_json to_json(const DrawsHeader&);

// Of headers that have passed StreamRules, as all have that a reader hands out; `where` names the
// record in errors. Throw Error{Data}.
RecordKind record_kind_of(const ordered_json& header, const std::string& where);
StreamHeader stream_header_from(const ordered_json&, const std::string& where);
ChunkHeader chunk_header_from(const ordered_json&, const std::string& where);
DrawsHeader draws_header_from(const ordered_json&, const std::string& where);

}  // namespace svg::formats
