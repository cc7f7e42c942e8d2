#include "formats/stream/latent_stream.h"

#include <unistd.h>
#include <zstd.h>

#include <cstdint>
#include <filesystem>
#include <limits>

#include "libcore/base/atomic_file.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/small_files.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::formats;
using test::failure_of;
namespace fs = std::filesystem;

namespace {

void append(std::string& bytes, const ordered_json& header,
            const std::vector<TensorView>& tensors = {}) {
  bytes += test::text_of(encode_record(header, tensors));
}

// stream, chunk of 2 frames, draws, chunk of 1 frame, end.
void write_small(const std::string& path) {
  auto two = test::ramp("latents", {2, 2, 2, 3}), one = test::ramp("latents", {1, 2, 2, 3}, -3);
  auto noise = test::ramp("noise", {1, 2, 2, 3}, 5);
  StreamWriter writer = StreamWriter::create(path);
  writer.write(test::stream_header());
  writer.write(test::chunk_header(0, 2, "input"), {two.view()});
  writer.write({{"kind", "draws"}, {"episode", "maze/1"}, {"index", 1}}, {noise.view()});
  writer.write(test::chunk_header(1, 1), {one.view()});
  writer.finish();
}

struct Content {
  std::string text;  // headers and tensors, whole
  bool cut_off = false;
};

Content read_all(const std::string& path) {
  StreamReader reader = StreamReader::open(path);
  Content content;
  while (auto record = reader.next()) {
    content.text += record->header.dump();
    content.text += test::text_of(record->blob);
  }
  content.cut_off = reader.cut_off();
  return content;
}

Content read_bytes(const test::TempDir& dir, const std::string& bytes) {
  test::put_bytes(dir / "bytes", bytes);
  return read_all(dir / "bytes");
}

test::Failure failure_of_bytes(const test::TempDir& dir, const std::string& bytes) {
  return failure_of([&] { read_bytes(dir, bytes); });
}

}  // namespace

CATCH_TEST_CASE("Records come back as they were written, and the end counts them", "[formats]") {
  test::TempDir dir;
  write_small(dir / "x.latents");
  CATCH_CHECK_FALSE(fs::exists(dir / "x.latents.partial"));
  StreamReader reader = StreamReader::open(dir / "x.latents");
  auto stream = reader.next(), chunk = reader.next(), draws = reader.next(), second = reader.next(),
       end = reader.next();
  CATCH_REQUIRE(end);
  CATCH_CHECK(stream->header["channels"] == 2);
  CATCH_CHECK(chunk->tensors().find("latents")->shape == std::vector<int64_t>{2, 2, 2, 3});
  CATCH_CHECK(test::text_of(chunk->tensors().find("latents")->bytes) ==
              test::text_of(test::ramp("", {2, 2, 2, 3}).view().bytes));
  CATCH_CHECK(draws->kind() == RecordKind::Draws);
  CATCH_CHECK(second->header["action"] == "turn left 45 degrees");
  CATCH_CHECK(end->header["chunks"] == 2);
  CATCH_CHECK(end->header["frames"] == 3);
  CATCH_CHECK_FALSE(reader.next());
  CATCH_CHECK_FALSE(reader.cut_off());
  CATCH_CHECK(reader.offset() == fs::file_size(dir / "x.latents"));
}

CATCH_TEST_CASE("Two streams one after the other are one sequence", "[formats]") {
  test::TempDir dir;
  write_small(dir / "x");
  std::string one = read_file(dir / "x");
  Content twice = read_bytes(dir, one + one), once = read_all(dir / "x");
  CATCH_CHECK(twice.text == once.text + once.text);
  CATCH_CHECK_FALSE(twice.cut_off);
}

CATCH_TEST_CASE("A reader goes on where it is told, and over the end of what it passed over",
                "[formats]") {
  test::TempDir dir;
  write_small(dir / "x");
  const std::string one = read_file(dir / "x");
  test::put_bytes(dir / "xx", one + one);
  StreamReader first = StreamReader::open(dir / "xx");
  first.next();
  first.next();
  first.next();
  const uint64_t second_chunk = first.offset();
  StreamReader reader = StreamReader::open(dir / "xx");
  reader.seek(one.size());
  CATCH_CHECK(reader.next()->kind() == RecordKind::Stream);
  reader.seek(second_chunk);  // back into the first of the two
  CATCH_CHECK(reader.next()->chunk().index == 1);
  CATCH_CHECK(reader.next()->kind() == RecordKind::End);
  CATCH_CHECK(reader.next()->kind() == RecordKind::Stream);
  for (int i = 0; i < 3; ++i) reader.next();
  CATCH_CHECK(reader.next()->kind() == RecordKind::End);  // counted again
  CATCH_CHECK(reader.offset() == 2 * one.size());
  CATCH_CHECK_FALSE(reader.cut_off());
  reader.seek(second_chunk + 1);
  CATCH_CHECK(failure_of([&] { reader.next(); }).says("magic"));
}

CATCH_TEST_CASE("The end's hash is that of all bytes since its stream record", "[formats]") {
  test::TempDir dir;
  write_small(dir / "x");
  std::string bytes = read_file(dir / "x");
  size_t end = bytes.rfind(std::string("\x5E\x2A\x4D\x18", 4));
  auto hash = "sha256:" + sha256_hex(as_bytes_of(bytes.substr(0, end)));
  CATCH_CHECK(bytes.find(hash, end) != std::string::npos);
}

CATCH_TEST_CASE("Cut off anywhere, the whole records are read and the cut is said", "[formats]") {
  test::TempDir dir;
  write_small(dir / "x");
  std::string bytes = read_file(dir / "x"), whole = read_all(dir / "x").text;
  for (size_t n = 0; n < bytes.size(); ++n) {
    CATCH_CAPTURE(n);
    Content content = read_bytes(dir, bytes.substr(0, n));
    CATCH_REQUIRE(content.cut_off);
    CATCH_REQUIRE(whole.compare(0, content.text.size(), content.text) == 0);
  }
}

CATCH_TEST_CASE("Any flipped bit is found, or changes nothing", "[formats]") {
  test::TempDir dir;
  write_small(dir / "x");
  std::string bytes = read_file(dir / "x"), whole = read_all(dir / "x").text;
  size_t found = 0;
  for (size_t n = 0; n < bytes.size(); ++n) {
    for (int bit = 0; bit < 8; ++bit) {
      CATCH_CAPTURE(n, bit);
      std::string flipped = bytes;
      flipped[n] = static_cast<char>(flipped[n] ^ (1 << bit));
      Content content;
      auto failure = failure_of([&] { content = read_bytes(dir, flipped); });
      bool noticed = failure.kind == ErrorKind::Data || content.cut_off;
      CATCH_REQUIRE((noticed || content.text == whole));
      found += noticed;
    }
  }
  CATCH_CHECK(found > 7 * bytes.size());
}

CATCH_TEST_CASE("NaN and infinity are refused by reader and writer with their position",
                "[formats]") {
  test::TempDir dir;
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                    -std::numeric_limits<float>::infinity()}) {
    auto latents = test::ramp("latents", {2, 2, 2, 3});
    latents.values[12 + 6 + 3 + 2] = bad;
    StreamWriter writer = StreamWriter::create(dir / "x");
    writer.write(test::stream_header());
    auto failure = failure_of([&] { writer.write(test::chunk_header(0, 2), {latents.view()}); });
    CATCH_CHECK(failure.kind == ErrorKind::Data);
    CATCH_CHECK(failure.says("[1,1,1,2]"));
    writer.discard();
    std::string bytes;
    append(bytes, test::stream_header());
    append(bytes, test::chunk_header(0, 2), {latents.view()});
    failure = failure_of_bytes(dir, bytes);
    CATCH_CHECK(failure.kind == ErrorKind::Data);
    CATCH_CHECK(failure.says("record 1 "));
    CATCH_CHECK(failure.says("latents holds a NaN or an infinity at [1,1,1,2]"));
  }
}

CATCH_TEST_CASE("Headers and tensors that contradict each other are refused", "[formats]") {
  test::TempDir dir;
  auto latents = test::ramp("latents", {2, 2, 2, 3}), other = test::ramp("other", {2, 2, 2, 3});
  auto with = [&](ordered_json stream, ordered_json chunk, std::vector<TensorView> tensors) {
    std::string bytes;
    append(bytes, stream);
    append(bytes, chunk, tensors);
    return failure_of_bytes(dir, bytes);
  };
  auto changed = [](ordered_json header, const char* key, ordered_json value) {
    header[key] = std::move(value);
    return header;
  };
  ordered_json stream = test::stream_header(), chunk = test::chunk_header(0, 2);
  CATCH_CHECK_FALSE(with(stream, chunk, {latents.view()}).kind);
  CATCH_CHECK(with(stream, test::chunk_header(0, 3), {latents.view()})
                  .says("shape [2,2,2,3], the headers promise [3,2,2,3]"));
  CATCH_CHECK(with(test::stream_header(4), chunk, {latents.view()}).says("promise [2,4,2,3]"));
  CATCH_CHECK(with(stream, chunk, {latents.view(), other.view()}).says("one tensor named latents"));
  CATCH_CHECK(with(stream, chunk, {other.view()}).says("one tensor named latents"));
  CATCH_CHECK(with(changed(stream, "format", "svg-latents/2"), chunk, {}).says("svg-latents/2"));
  CATCH_CHECK(with(changed(stream, "fps", 0), chunk, {}).says("\"fps\""));
  CATCH_CHECK(with(changed(stream, "width", 1.5), chunk, {}).says("must be an integer"));
  CATCH_CHECK(with(changed(stream, "width", 1 << 20), chunk, {}).says("expected 1 to"));
  CATCH_CHECK(with(stream, changed(chunk, "role", "made"), {latents.view()}).says("role \"made\""));
  CATCH_CHECK(with(stream, changed(chunk, "memory", "x"), {latents.view()}).says("\"memory\""));
  CATCH_CHECK(with(stream, changed(chunk, "kind", "sound"), {latents.view()})
                  .says("unknown record kind \"sound\""));
  CATCH_CHECK(with(chunk, stream, {}).says("outside of stream"));
  CATCH_CHECK(with(stream, stream, {}).says("no end record"));
}

CATCH_TEST_CASE("Unknown kinds are skipped where they say they may be, data and all", "[formats]") {
  test::TempDir dir;
  write_small(dir / "x");
  auto extra = test::ramp("extra", {9});
  std::string data = test::text_of(encode_record({{"kind", "draws"}}, {extra.view()})), headed;
  data = data.substr(data.find(std::string("\x28\xB5\x2F\xFD", 4)));
  std::string bytes;
  append(bytes, test::stream_header());
  append(bytes, {{"kind", "sound"}, {"optional", true}});
  bytes += data;
  append(bytes, {{"kind", "note"}, {"optional", true}});
  size_t kinds = 0;
  write_file_atomically(dir / "y", bytes);
  StreamReader reader = StreamReader::open(dir / "y");
  while (reader.next()) ++kinds;
  CATCH_CHECK(kinds == 1);
  CATCH_CHECK(reader.offset() == bytes.size());
}

CATCH_TEST_CASE("A stopped writer goes on after its last whole record, to the same bytes",
                "[formats]") {
  test::TempDir dir;
  write_small(dir / "whole");
  std::string whole = read_file(dir / "whole");
  auto one = test::ramp("latents", {1, 2, 2, 3}, -3);
  size_t third = whole.rfind("{\"kind\":\"chunk\"") - 8;  // where the second chunk's record begins
  for (size_t cut : {third, third + 1, third + 60, whole.size() - 1}) {
    CATCH_CAPTURE(cut);
    write_file_atomically(dir / "x.partial", whole.substr(0, cut));
    StreamWriter writer = StreamWriter::resume(dir / "x");
    if (cut < whole.size() - 1) writer.write(test::chunk_header(1, 1), {one.view()});
    writer.finish();
    CATCH_CHECK(read_file(dir / "x") == whole);
  }
  write_file_atomically(dir / "x.partial", whole);  // stopped between the end record and the rename
  StreamWriter::resume(dir / "x").finish();
  CATCH_CHECK(read_file(dir / "x") == whole);
  write_file_atomically(dir / "x.partial",
                        whole + whole.substr(0, third + 5));  // in the second of two streams
  StreamWriter writer = StreamWriter::resume(dir / "x");
  writer.write(test::chunk_header(1, 1), {one.view()});
  writer.finish();
  CATCH_CHECK(read_file(dir / "x") == whole + whole);
}

CATCH_TEST_CASE("One name has one writer, and an unwritable output is said", "[formats]") {
  test::TempDir dir;
  StreamWriter first = StreamWriter::create(dir / "x");
  CATCH_CHECK(failure_of([&] { StreamWriter::create(dir / "x"); }).kind == ErrorKind::CannotCreate);
  CATCH_CHECK(failure_of([&] { StreamWriter::resume(dir / "x"); }).kind == ErrorKind::CannotCreate);
  CATCH_CHECK(failure_of([&] { StreamWriter::create(dir.path()); }).kind ==
              ErrorKind::CannotCreate);
  CATCH_CHECK(failure_of([&] { StreamWriter::create(dir / "none/x"); }).kind ==
              ErrorKind::CannotCreate);
  CATCH_CHECK(failure_of([&] { StreamWriter::resume(dir / "y"); }).kind == ErrorKind::NoInput);
  CATCH_CHECK(failure_of([&] { StreamReader::open(dir / "y"); }).kind == ErrorKind::NoInput);
  StreamWriter full = StreamWriter::create("/dev/full");
  CATCH_CHECK(failure_of([&] { full.write(test::stream_header()); }).kind == ErrorKind::Io);
}

CATCH_TEST_CASE(
    "A chunk that claims more data than its header allows is refused before it is unpacked",
    "[formats]") {
  test::TempDir dir;
  auto big = test::ramp(
      "latents", {2, 4, 512, 512});  // 8 MiB where the stream header allows 96 bytes and 1 MiB
  std::string bytes;
  append(bytes, test::stream_header());
  append(bytes, test::chunk_header(0, 2), {big.view()});
  auto failure = failure_of_bytes(dir, bytes);
  CATCH_CHECK(failure.kind == ErrorKind::Data);
  CATCH_CHECK(failure.says("the header allows"));
}

CATCH_TEST_CASE("A stream that grows does not follow planted links, nor touch a finished file",
                "[formats]") {
  test::TempDir dir;
  test::put_bytes(dir / "theirs", "theirs");
  std::filesystem::create_symlink(dir / "theirs", dir / "x.partial");
  auto failure = failure_of([&] { StreamWriter::create(dir / "x"); });
  CATCH_CHECK(failure.kind == ErrorKind::CannotCreate);
  CATCH_CHECK(failure.says("x.partial"));
  CATCH_CHECK(read_file(dir / "theirs") == "theirs");
  std::filesystem::remove(dir / "x.partial");
  auto writer = StreamWriter::create(dir / "x");
  CATCH_CHECK(failure_of([&] { StreamWriter::create(dir / "x"); }).kind == ErrorKind::CannotCreate);
  writer.write(test::stream_header());
  writer.finish();
  const std::string whole = read_file(dir / "x");
  auto second = StreamWriter::create(dir / "x");  // the first has not been closed yet
  CATCH_CHECK(read_file(dir / "x") == whole);
  second.discard();
}

CATCH_TEST_CASE("Little data that would fill the memory is refused, or passed over unread",
                "[formats]") {
  // 80 MB of zeros shrink to some kilobytes.
  const std::vector<float> zeros(20'000'000);
  const std::vector<std::byte> blob = encode_safetensors(
      {{"noise", DType::F32, {20, 1000, 1000}, std::as_bytes(std::span(zeros))}}, {});
  std::vector<std::byte> frame(ZSTD_compressBound(blob.size()));
  ZSTD_CCtx* encoder = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(encoder, ZSTD_c_checksumFlag, 1);
  frame.resize(ZSTD_compress2(encoder, frame.data(), frame.size(), blob.data(), blob.size()));
  ZSTD_freeCCtx(encoder);
  CATCH_REQUIRE(frame.size() < 100'000);
  auto stream = [&](const ordered_json& header) {
    std::string records = test::text_of(encode_record(test::stream_header(1, 1000, 1000), {})) +
                          test::text_of(encode_record(header, {}));
    if (header["kind"] == "draws") records.resize(records.find(std::string("\x28\xB5\x2F\xFD", 4)));
    records += test::text_of(frame);
    return records +
           test::text_of(encode_record({{"kind", "end"},
                                        {"chunks", 0},
                                        {"frames", 0},
                                        {"hash", "sha256:" + sha256_hex(as_bytes_of(records))}},
                                       {}));
  };
  test::TempDir dir;
  auto read = [&](const std::string& bytes) {
    test::put_bytes(dir / "x", bytes);
    auto reader = StreamReader::open(dir / "x");
    while (reader.next()) {
    }
    return reader.cut_off();
  };
  auto failure = failure_of([&] {
    read(stream({{"kind", "draws"}, {"episode", "e"}, {"index", 0}}));
  });
  CATCH_CHECK(failure.kind == ErrorKind::Data);
  CATCH_CHECK(failure.says("made to fill the memory"));
  const std::string skipped = stream({{"kind", "sound"}, {"optional", true}});
  CATCH_CHECK_FALSE(read(skipped));
  // The frame that is not decompressed is followed block by block: cut off anywhere, it says so.
  for (size_t cut = skipped.size() - 300; cut < skipped.size(); cut += 7)
    CATCH_CHECK(read(skipped.substr(0, cut)));
  std::string damaged = skipped;
  damaged[damaged.size() - 400] = static_cast<char>(damaged[damaged.size() - 400] ^ 1);
  CATCH_CHECK(failure_of([&] { read(damaged); }).kind.value_or(ErrorKind::Data) == ErrorKind::Data);
  // What a reader refuses, no writer writes.
  CATCH_CHECK(failure_of([&] {
                encode_record(
                    {{"kind", "draws"}, {"episode", "e"}, {"index", 0}},
                    {{"noise", DType::F32, {20, 1000, 1000}, std::as_bytes(std::span(zeros))}});
              }).kind == ErrorKind::Data);
  ordered_json deep = 1;
  for (int k = 0; k < 64; ++k) deep = ordered_json{{"k", deep}};
  CATCH_CHECK(failure_of([&] {
                encode_record({{"kind", "sound"}, {"x", deep}}, {});
              }).kind == ErrorKind::Data);
}

CATCH_TEST_CASE("An episode has each index once in a stream", "[formats]") {
  test::TempDir dir;
  auto one = test::ramp("latents", {1, 2, 2, 3});
  // A writer refuses the second before it writes it.
  StreamWriter writer = StreamWriter::create(dir / "x.latents");
  writer.write(test::stream_header());
  writer.write(test::chunk_header(1, 1), {one.view()});
  writer.write(test::chunk_header(0, 1), {one.view()});  // any order
  auto twice = failure_of([&] { writer.write(test::chunk_header(1, 1), {one.view()}); });
  CATCH_CHECK(twice.kind == ErrorKind::Data);
  CATCH_CHECK(twice.says("chunk 1 of episode \"maze/1\" is there twice"));
  auto other = test::chunk_header(1, 1);
  other["episode"] = "maze/2";
  writer.write(other, {one.view()});
  writer.finish();
  // Two streams one after the other may hold the same.
  const std::string whole = read_file(dir / "x.latents");
  CATCH_CHECK_FALSE(read_bytes(dir, whole + whole).cut_off);
  std::string bytes;
  append(bytes, test::stream_header());
  append(bytes, test::chunk_header(0, 1), {one.view()});
  append(bytes, test::chunk_header(0, 1), {one.view()});
  CATCH_CHECK(failure_of_bytes(dir, bytes).says("is there twice"));
}
