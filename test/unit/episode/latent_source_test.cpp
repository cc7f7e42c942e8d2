// Chunks of an episode from a stream and from memory: the same chunks, the same bytes.
#include "libcore/episode/latent_source.h"

#include <ATen/ATen.h>

#include "libcore/base/atomic_file.h"
#include "libcore/episode/latent_sink.h"
#include "libcore/tensor/parameters.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/small_files.h"
#include "test/support/temp_dir.h"

namespace svg::episode {
namespace {

const LatentSpace kSpace{"M", "xxh128:0123", 2, 0.18215};

formats::StreamHeader header() {
  return formats::stream_header_from(test::stream_header(), "test");
}

// Chunks of 2, 1 and 3 frames.
std::vector<LatentChunk> some_chunks() {
  std::vector<LatentChunk> chunks;
  int64_t index = 0;
  for (const int64_t frames : {2, 1, 3}) {
    LatentChunk chunk;
    chunk.header = {.episode = "maze/1",
                    .index = index,
                    .role = index == 0 ? formats::Role::Input : formats::Role::Generated,
                    .action = cat("action ", index),
                    .frames = frames,
                    .past = index,
                    .memory = index,
                    .seed = 7};
    chunk.latents = at::linspace(-1, static_cast<double>(index), frames * 12).view({-1, 2, 2, 3});
    if (index == 1) chunk.header.action_inverse = "back";
    chunks.push_back(std::move(chunk));
    ++index;
  }
  return chunks;
}

void write_stream(const std::string& path, const std::vector<LatentChunk>& chunks) {
  auto sink = StreamSink::create(path, header());
  for (const auto& chunk : chunks) sink.write(chunk);
  sink.finish();
}

std::vector<LatentChunk> all_of(LatentSource& source) {
  std::vector<LatentChunk> chunks;
  while (auto chunk = source.next()) chunks.push_back(std::move(*chunk));
  return chunks;
}

test::Failure failure_of_stream(const std::string& path, const LatentSpace& space = kSpace) {
  return test::failure_of([&] {
    StreamSource source(path, space);
    all_of(source);
  });
}

}  // namespace

CATCH_TEST_CASE("A stream and a buffer give the chunks that were put into them", "[episode]") {
  const test::TempDir folder;
  const auto chunks = some_chunks();
  BufferSource buffer("buffer");
  BufferSink kept;
  for (const auto& chunk : chunks) {
    buffer.put(chunk);
    kept.write(chunk);
  }
  kept.finish();
  CATCH_CHECK(kept.finished());
  write_stream(folder / "x.latents", chunks);
  StreamSource stream(folder / "x.latents", kSpace);
  CATCH_CHECK(stream.name() == folder / "x.latents");
  for (const std::vector<LatentChunk>& got : {all_of(stream), all_of(buffer), kept.chunks()}) {
    CATCH_REQUIRE(got.size() == chunks.size());
    for (size_t i = 0; i < chunks.size(); ++i) {
      CATCH_CHECK(to_json(got[i].header) == to_json(chunks[i].header));
      CATCH_CHECK(got[i].latents.scalar_type() == at::kFloat);
      CATCH_CHECK(at::equal(got[i].latents, chunks[i].latents));
    }
  }
  CATCH_CHECK_FALSE(stream.cut_off());
  CATCH_REQUIRE(stream.header());
  CATCH_CHECK(to_json(*stream.header()) == to_json(header()));
  buffer.put(chunks[0]);  // a buffer that was empty may be filled again
  CATCH_CHECK(all_of(buffer).size() == 1);
}

CATCH_TEST_CASE("A chunk is copied from stream to stream in its own dtype, to the byte",
                "[episode]") {
  const test::TempDir folder;
  const auto dtype = GENERATE(at::kFloat, at::kHalf, at::kBFloat16);
  auto writer = formats::StreamWriter::create(folder / "x.latents");
  auto first = test::stream_header();
  first["colour"] = "sRGB";  // of a newer version
  writer.write(first);
  const auto latents = at::linspace(-1, 1, 24).view({2, 2, 2, 3}).to(dtype);
  auto chunk = test::chunk_header(0, 2, "truth");
  chunk["colour"] = "sRGB";
  writer.write(chunk, {view_of("latents", latents)});
  writer.finish();
  StreamSource source(folder / "x.latents", kSpace);
  const auto chunks = all_of(source);
  CATCH_CHECK(at::equal(chunks.at(0).latents, latents.to(at::kFloat)));
  auto sink = StreamSink::create(folder / "copy.latents", *source.header());
  for (const auto& c : chunks) sink.write(c);
  sink.finish();
  CATCH_CHECK(read_file(folder / "copy.latents") == read_file(folder / "x.latents"));
}

CATCH_TEST_CASE("A cut-off stream gives its whole chunks and can be resumed", "[episode]") {
  const test::TempDir folder;
  const auto chunks = some_chunks();
  write_stream(folder / "x.latents", chunks);
  const auto whole = read_file(folder / "x.latents");
  const auto last = whole.rfind("{\"kind\":\"chunk\"");
  test::put_bytes(folder / "y.latents.partial", whole.substr(0, last + 20));
  StreamSource source(folder / "y.latents.partial", kSpace);
  CATCH_CHECK(all_of(source).size() == 2);
  CATCH_CHECK(source.cut_off());
  auto sink = StreamSink::resume(folder / "y.latents");
  sink.write(chunks[2]);
  sink.finish();
  CATCH_CHECK(read_file(folder / "y.latents") == whole);
}

CATCH_TEST_CASE("A stream of another model, or of more than one episode, is no source",
                "[episode]") {
  const test::TempDir folder;
  const std::string path = folder / "x.latents";
  write_stream(path, some_chunks());
  CATCH_CHECK_FALSE(failure_of_stream(path).kind);
  auto failure = failure_of_stream(path, {"M", "xxh128:4567", 2, 0.18215});
  CATCH_CHECK(failure.kind == ErrorKind::Config);
  CATCH_CHECK(failure.message == path +
                                     ": its latents are of the VAE xxh128:0123, but that of M is "
                                     "xxh128:4567: give the model that made them");
  failure = failure_of_stream(path, {"M", "xxh128:0123", 4, 0.18215});
  CATCH_CHECK(failure.kind == ErrorKind::Config);
  CATCH_CHECK(failure.says("2 channels"));
  failure = failure_of_stream(path, {"M", "xxh128:0123", 2, 1});
  CATCH_CHECK(failure.kind == ErrorKind::Config);
  CATCH_CHECK(failure.message == path + ": latents are scaled by 0.18215, the VAE of M says 1");

  const auto bytes = read_file(path);
  test::put_bytes(path, bytes + bytes);
  failure = failure_of_stream(path);
  CATCH_CHECK(failure.kind == ErrorKind::Config);
  CATCH_CHECK(failure.says("more than one stream"));
  auto chunks = some_chunks();
  chunks[2].header.episode = "maze/2";
  write_stream(path, chunks);
  failure = failure_of_stream(path);
  CATCH_CHECK(failure.kind == ErrorKind::Config);
  CATCH_CHECK(failure.says("\"maze/1\" and \"maze/2\""));
  CATCH_CHECK(failure_of_stream(folder / "none").kind == ErrorKind::NoInput);
}

}  // namespace svg::episode
