#include "formats/memory/memory_tail.h"

#include <filesystem>

#include "formats/stream/latent_stream.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/small_memory.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::formats;
using test::failure_of;

namespace {

// What a run writes: two given chunks, then one for each action, made by the revision before it.
struct Episode {
  std::string name = "e";
  int64_t made_by = 0;
  std::vector<std::string> actions{"a", "b", "c"};
};

void write_stream(const std::string& path, const Episode& episode, size_t last = 99) {
  auto writer = StreamWriter::create(path);
  writer.write(test::stream_header());
  for (size_t k = 0; k < std::min(last, episode.actions.size() + 2); ++k) {
    auto latents = test::ramp("latents", {1, 2, 2, 3}, static_cast<float>(k));
    auto header = test::chunk_header(static_cast<int>(k), 1, k < 2 ? "input" : "generated");
    header["episode"] = episode.name;
    header["action"] = k < 2 ? "" : episode.actions[k - 2];
    if (k >= 2)
      header["memory"] = k == 2 ? episode.made_by : episode.made_by + static_cast<int64_t>(k) - 2;
    writer.write(header, {latents.view()});
  }
  writer.finish();
}

// Revisions 1, 2, 3 of chunks 2, 3, 4.
Memory memory_of(const std::string& dir, const Episode& episode) {
  Memory memory = Memory::create(dir, test::small_info());
  for (size_t k = 0; k < episode.actions.size(); ++k)
    test::append(memory, static_cast<int64_t>(k) + 2, episode.actions[k]);
  return memory;
}

int64_t chunks_in(const std::string& path) {
  auto reader = StreamReader::open(path);
  int64_t chunks = 0;
  while (auto record = reader.next()) chunks += record->kind() == RecordKind::Chunk;
  CATCH_CHECK_FALSE(reader.cut_off());
  return chunks;
}

}  // namespace

CATCH_TEST_CASE("The tail of a revision ends with the chunk that it has learned", "[formats]") {
  test::TempDir dir;
  write_stream(dir / "x", {});
  Memory memory = memory_of(dir / "m", {});
  for (int64_t id = 0; id <= 3; ++id) {
    CATCH_CHECK(write_tail(memory, id, dir / "x", dir / "tail") == id + 2);
    CATCH_CHECK(chunks_in(dir / "tail") == id + 2);
    auto reader = StreamReader::open(dir / "tail");
    auto provenance = reader.next()->header["provenance"];
    CATCH_CHECK(provenance["settings"]["revision"] == id);
    CATCH_CHECK(provenance["previous"] == test::stream_header()["provenance"]);
  }
}

CATCH_TEST_CASE("The tail of another stream is refused, and nothing is written", "[formats]") {
  test::TempDir dir;
  Memory memory = memory_of(dir / "m", {});
  auto refused = [&](const Episode& episode, ErrorKind kind, const std::string& part) {
    write_stream(dir / "x", episode);
    auto failure = failure_of([&] { write_tail(memory, 3, dir / "x", dir / "tail"); });
    CATCH_CAPTURE(failure.message);
    CATCH_CHECK(failure.kind == kind);
    CATCH_CHECK(failure.says(part));
    CATCH_CHECK_FALSE(std::filesystem::exists(dir / "tail"));
    CATCH_CHECK_FALSE(std::filesystem::exists(dir / "tail.partial"));
  };
  refused({.actions = {"a", "b"}}, ErrorKind::NoInput, "ends before chunk 4");
  refused({.name = "other"}, ErrorKind::NoInput, "episode \"e\"");
  refused({.actions = {"a", "x", "c"}}, ErrorKind::Config, "chunk 3 is \"x\", revision 2");
  refused({.made_by = 1}, ErrorKind::Config, "made by revision 1");
  CATCH_CHECK(failure_of([&] { write_tail(memory, 4, dir / "x", dir / "tail"); }).kind ==
              ErrorKind::NoInput);
  Memory empty = Memory::create(dir / "empty", test::small_info());
  CATCH_CHECK(failure_of([&] { write_tail(empty, 0, dir / "x", dir / "tail"); }).says("is empty"));
}

CATCH_TEST_CASE("A stream that was cut off serves as far as it goes", "[formats]") {
  test::TempDir dir;
  Memory memory = memory_of(dir / "m", {});
  write_stream(dir / "x", {});
  std::string whole = read_file(dir / "x");
  test::put_bytes(dir / "x", whole.substr(0, whole.size() - 100));  // into the end record
  CATCH_CHECK(write_tail(memory, 3, dir / "x", dir / "tail") == 5);
  test::put_bytes(dir / "x", whole.substr(0, whole.size() / 2));
  CATCH_CHECK(
      failure_of([&] { write_tail(memory, 3, dir / "x", dir / "tail2"); }).says("(cut off)"));
}
