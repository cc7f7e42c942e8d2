#include "formats/stream/stream_headers.h"

#include <filesystem>

#include "formats/stream/latent_stream.h"
#include "libcore/base/atomic_file.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/small_files.h"

using namespace svg;
using namespace svg::formats;
namespace fs = std::filesystem;

namespace {

// The header as its struct, and back.
ordered_json through_struct(const Record& record) {
  switch (record.kind()) {
    case RecordKind::Stream:
      return to_json(record.stream());
    case RecordKind::Chunk:
      return to_json(record.chunk());
    case RecordKind::Draws:
      return to_json(record.draws());
    case RecordKind::End:
      return record.header;
  }
  return nullptr;
}

std::string line_of(const ordered_json& header) {
  return header.dump();
}

}  // namespace

CATCH_TEST_CASE("Headers of the vectors come back from their structs to the byte", "[formats]") {
  size_t chunks = 0, draws = 0;
  for (const auto& entry :
       fs::directory_iterator(std::string(SVG_SOURCE_DIR) + "/formats/vectors/valid")) {
    const std::string path = entry.path();
    // Records of kinds that the reader passes over stand between those of the sixth.
    if (!path.ends_with(".latents") || path.find("0006_") != std::string::npos) continue;
    CATCH_CAPTURE(path);
    const std::string bytes = read_file(path);
    auto reader = StreamReader::open(path);
    std::string copy;
    while (auto record = reader.next()) {
      copy += test::text_of(
          encode_record(through_struct(*record), record->blob.empty() ? std::vector<TensorView>{}
                                                                      : record->tensors().tensors));
      chunks += record->kind() == RecordKind::Chunk;
      draws += record->kind() == RecordKind::Draws;
    }
    CATCH_CHECK(copy == bytes);
  }
  CATCH_CHECK(chunks >= 4);
  CATCH_CHECK(draws >= 1);
}

CATCH_TEST_CASE("A copy keeps unknown keys, the order of keys and how a number is written",
                "[formats]") {
  auto stream = test::stream_header();
  stream["colour"] = "sRGB";
  stream["provenance"]["note"] = 1;
  auto header = stream_header_from(stream, "test");
  CATCH_CHECK(line_of(to_json(header)) == line_of(stream));
  header.provenance = {{"tool", "other"}};
  stream["provenance"] = {{"tool", "other"}};
  CATCH_CHECK(line_of(to_json(header)) == line_of(stream));

  ordered_json chunk = {
      {"seed", nullptr},  {"note", "x"}, {"kind", "chunk"},           {"memory", 3},
      {"action", ""},     {"index", 2},  {"role", "truth"},           {"frames", 1},
      {"episode", "a/1"}, {"past", 0},   {"action_inverse", nullptr}, {"check", "0123"}};
  auto read = chunk_header_from(chunk, "test");
  CATCH_CHECK(read.role == Role::Truth);
  CATCH_CHECK(read.memory == 3);
  CATCH_CHECK_FALSE(read.seed);
  CATCH_CHECK_FALSE(read.action_inverse);
  chunk.erase("check");  // the writer's
  CATCH_CHECK(line_of(to_json(read)) == line_of(chunk));
  read.role = Role::Input;
  read.memory.reset();
  read.action_inverse = "turn right";
  chunk["role"] = "input";
  chunk["memory"] = nullptr;
  chunk["action_inverse"] = "turn right";
  CATCH_CHECK(line_of(to_json(read)) == line_of(chunk));
}

CATCH_TEST_CASE("A new header has its keys in the order of the page", "[formats]") {
  CATCH_CHECK(line_of(to_json(StreamHeader{.model = "xxh128:0123",
                                           .channels = 4,
                                           .height = 2,
                                           .width = 3,
                                           .fps = 8,
                                           .scaling_factor = 0.5})) ==
              R"({"kind":"stream","format":"svg-latents/1","model":"xxh128:0123","channels":4,)"
              R"("height":2,"width":3,"fps":8.0,"scaling_factor":0.5,"provenance":{}})");
  CATCH_CHECK(line_of(to_json(ChunkHeader{.episode = "maze/1",
                                          .index = 2,
                                          .role = Role::Generated,
                                          .action = "turn left",
                                          .action_inverse = "turn right",
                                          .frames = 4,
                                          .past = 8,
                                          .memory = 1,
                                          .seed = 18446744073709551615u})) ==
              R"({"kind":"chunk","episode":"maze/1","index":2,"role":"generated",)"
              R"("action":"turn left","action_inverse":"turn right","frames":4,"past":8,)"
              R"("memory":1,"seed":18446744073709551615})");
  CATCH_CHECK(line_of(to_json(ChunkHeader{.episode = "e", .frames = 1})) ==
              R"({"kind":"chunk","episode":"e","index":0,"role":"input","action":"","frames":1,)"
              R"("past":0,"memory":null,"seed":null})");
  CATCH_CHECK(line_of(to_json(DrawsHeader{.episode = "e", .index = 1})) ==
              R"({"kind":"draws","episode":"e","index":1})");
}

CATCH_TEST_CASE("Roles have the names of the page, and no others", "[formats]") {
  for (const Role role : {Role::Input, Role::Generated, Role::Truth})
    CATCH_CHECK(role_from(role_name(role), "test") == role);
  const auto failure = test::failure_of([] { role_from("observed", "x.latents: record 1"); });
  CATCH_CHECK(failure.kind == ErrorKind::Data);
  CATCH_CHECK(failure.message ==
              "x.latents: record 1: role \"observed\", expected input, generated or truth");
}
