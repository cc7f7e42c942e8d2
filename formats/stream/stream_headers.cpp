#include "formats/stream/stream_headers.h"

#include "formats/stream/stream_checks.h"
#include "libcore/base/error.h"

namespace svg::formats {
namespace {

template <class T>
ordered_json value_or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

// What says the same already stays as it is written there: 8 is not made 8.0.
void set(ordered_json& header, const char* key, const ordered_json& value) {
  auto found = header.find(key);
  if (found == header.end() || *found != value) header[key] = value;
}

template <class T>
std::optional<T> read_nullable(const ordered_json& header, const char* key) {
  auto found = header.find(key);
  return found == header.end() || found->is_null() ? std::nullopt : std::optional(found->get<T>());
}

ordered_json begun(const ordered_json& source, const char* kind) {
  ordered_json header = source.is_object() ? source : ordered_json{{"kind", kind}};
  header.erase("check");  // the writer's
  return header;
}

}  // namespace

const char* role_name(Role role) {
  switch (role) {
    case Role::Input:
      return "input";
    case Role::Generated:
      return "generated";
    case Role::Truth:
      return "truth";
  }
  fail(ErrorKind::Internal, "a chunk of unknown role");
}

Role role_from(const std::string& name, const std::string& where) {
  for (Role role : {Role::Input, Role::Generated, Role::Truth})
    if (name == role_name(role)) return role;
  fail(ErrorKind::Data, where, ": role \"", name, "\", expected input, generated or truth");
}

ordered_json to_json(const StreamHeader& h) {
  ordered_json header = begun(h.source, "stream");
  set(header, "format", kStreamFormat);
  set(header, "model", h.model);
  set(header, "channels", h.channels);
  set(header, "height", h.height);
  set(header, "width", h.width);
  set(header, "fps", h.fps);
  set(header, "scaling_factor", h.scaling_factor);
  set(header, "provenance", h.provenance);
  return header;
}

ordered_json to_json(const ChunkHeader& h) {
  ordered_json header = begun(h.source, "chunk");
  set(header, "episode", h.episode);
  set(header, "index", h.index);
  set(header, "role", role_name(h.role));
  set(header, "action", h.action);
  if (h.action_inverse || header.contains("action_inverse"))
    set(header, "action_inverse", value_or_null(h.action_inverse));
  set(header, "frames", h.frames);
  set(header, "past", h.past);
  set(header, "memory", value_or_null(h.memory));
  set(header, "seed", value_or_null(h.seed));
  return header;
}

ordered_json to_json(const DrawsHeader& h) {
  ordered_json header = begun(h.source, "draws");
  set(header, "episode", h.episode);
  set(header, "index", h.index);
  return header;
}

RecordKind record_kind_of(const ordered_json& header, const std::string& where) {
  const auto kind = json_get<std::string>(header, "kind", where);
  if (kind == "stream") return RecordKind::Stream;
  if (kind == "chunk") return RecordKind::Chunk;
  if (kind == "draws") return RecordKind::Draws;
  require(kind == "end", ErrorKind::Data, where, ": unknown record kind \"", kind, "\"");
  return RecordKind::End;
}

StreamHeader stream_header_from(const ordered_json& header, const std::string& where) {
  return {.model = json_get<std::string>(header, "model", where),
          .channels = read_integer(header, "channels", where),
          .height = read_integer(header, "height", where),
          .width = read_integer(header, "width", where),
          .fps = json_get<double>(header, "fps", where),
          .scaling_factor = json_get<double>(header, "scaling_factor", where),
          .provenance = json_get<ordered_json>(header, "provenance", where),
          .source = header};
}

ChunkHeader chunk_header_from(const ordered_json& header, const std::string& where) {
  return {.episode = json_get<std::string>(header, "episode", where),
          .index = read_integer(header, "index", where),
          .role = role_from(json_get<std::string>(header, "role", where), where),
          .action = json_get<std::string>(header, "action", where),
          .action_inverse = read_nullable<std::string>(header, "action_inverse"),
          .frames = read_integer(header, "frames", where),
          .past = read_integer(header, "past", where),
          .memory = read_nullable<int64_t>(header, "memory"),
          .seed = read_nullable<uint64_t>(header, "seed"),
          .source = header};
}

DrawsHeader draws_header_from(const ordered_json& header, const std::string& where) {
  return {.episode = json_get<std::string>(header, "episode", where),
          .index = read_integer(header, "index", where),
          .source = header};
}

}  // namespace svg::formats
