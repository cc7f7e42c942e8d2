#include "libcore/video/chunk_source.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "libcore/base/error.h"
#include "libcore/video/video_writer.h"
#include "test/support/catch.h"

using namespace svg;
using namespace svg::video;
namespace fs = std::filesystem;

namespace {

struct Scratch {
  fs::path path = fs::temp_directory_path() / ("svg-chunks-" + std::to_string(getpid()));
  Scratch() { fs::create_directories(path); }
  ~Scratch() { fs::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
};

// A frame that is recognised by its colour.
Image frame(int episode, int t) {
  return Image(4, 6, static_cast<uint8_t>(100 * episode + t));
}

// Two episodes of 6 and 4 frames in one shard, chunks of 2.
void write_manifest(const Scratch& dir) {
  std::ofstream shard(dir / "shard.rgb", std::ios::binary);
  std::ofstream episodes(dir / "episodes.jsonl"), chunks(dir / "chunks.jsonl");
  for (int e : {0, 1}) {
    const int n = e ? 4 : 6;
    episodes << R"({"ep":"e)" << e << R"(","domain":"maze","split":"test","fps":10,"n":)" << n
             << R"(,"h":4,"w":6,"video":"shard.rgb","video_offset":)" << (e ? 6 * 72 : 0) << "}\n";
    for (int t = 0; t < n; ++t) {
      const Image f = frame(e, t);
      shard.write(reinterpret_cast<const char*>(f.rgb.data()),
                  static_cast<std::streamsize>(f.rgb.size()));
    }
    for (int k = 0; k < n / 2; ++k)
      chunks << R"({"ep":"e)" << e << R"(","k":)" << k << R"(,"in":[)" << std::max(0, 2 * k - 2)
             << "," << 2 * k << R"(],"out":[)" << 2 * k << "," << 2 * k + 2 << R"(],"text":"go )"
             << k << R"(","text_inverse":)" << (k ? R"("back")" : "null") << "}\n";
  }
}

std::vector<FrameChunk> all(ChunkSource& source) {
  std::vector<FrameChunk> chunks;
  while (auto chunk = source.next()) chunks.push_back(std::move(*chunk));
  return chunks;
}

ErrorKind kind_of(const Scratch& dir, const SourceOptions& options = {}) {
  try {
    all(*open_chunks(dir.path.string(), options));
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::Negative;
}

}  // namespace

CATCH_TEST_CASE("a video becomes chunks of the wanted length, the last one shorter", "[video]") {
  Scratch dir;
  VideoWriter writer(dir / "walk.mkv", {.fps = 5, .crf = 14, .comment = ""});
  for (int t = 0; t < 7; ++t) writer.write(frame(0, t));
  writer.finish();
  SourceOptions options;
  options.frames = 3;
  auto source = open_chunks(dir / "walk.mkv", options);
  const auto chunks = all(*source);
  CATCH_REQUIRE(chunks.size() == 3);
  CATCH_CHECK(chunks[2].frames == std::vector<Image>{frame(0, 6)});
  CATCH_CHECK(chunks[1].frames[0] == frame(0, 3));
  CATCH_CHECK(chunks[1].index == 1);
  CATCH_CHECK(chunks[1].role == "input");
  CATCH_CHECK(chunks[1].episode == "walk");
  CATCH_CHECK(source->fps() == Approx(5));
  options.chunks = 2;
  CATCH_CHECK(all(*open_chunks(dir / "walk.mkv", options)).size() == 2);
}

CATCH_TEST_CASE("a manifest gives its chunks, actions and frames", "[video]") {
  Scratch dir;
  write_manifest(dir);
  auto source = open_chunks(dir.path.string(), {});
  const auto chunks = all(*source);
  CATCH_REQUIRE(chunks.size() == 5);
  CATCH_CHECK(chunks[0].role == "input");
  CATCH_CHECK(chunks[0].action == "go 0");
  CATCH_CHECK(!chunks[0].action_inverse);
  CATCH_CHECK(chunks[2].role == "truth");
  CATCH_CHECK(chunks[2].action_inverse == "back");
  CATCH_CHECK(chunks[2].frames == std::vector<Image>{frame(0, 4), frame(0, 5)});
  CATCH_CHECK(chunks[3].episode == "e1");
  CATCH_CHECK(chunks[3].role == "input");
  CATCH_CHECK(chunks[4].frames == std::vector<Image>{frame(1, 2), frame(1, 3)});
  CATCH_CHECK(source->fps() == 10);

  SourceOptions one;
  one.episode = "e1";
  one.chunks = 1;
  const auto first = all(*open_chunks(dir.path.string(), one));
  CATCH_REQUIRE(first.size() == 1);
  CATCH_CHECK(first[0].frames[0] == frame(1, 0));
}

CATCH_TEST_CASE("a manifest that lies is refused", "[video]") {
  Scratch dir;
  CATCH_CHECK(kind_of(dir) == ErrorKind::NoInput);
  write_manifest(dir);
  CATCH_CHECK(kind_of(dir) == ErrorKind::Negative);  // all is well
  SourceOptions none;
  none.episode = "e7";
  CATCH_CHECK(kind_of(dir, none) == ErrorKind::NoInput);
  fs::resize_file(dir / "shard.rgb", 9 * 72 + 5);
  CATCH_CHECK(kind_of(dir) == ErrorKind::Data);
  write_manifest(dir);
  std::ofstream(dir / "chunks.jsonl", std::ios::app)
      << R"({"ep":"e1","k":2,"in":[2,4],"out":[4,6],"text":"x"})"
      << "\n";
  CATCH_CHECK(kind_of(dir) == ErrorKind::Data);
  write_manifest(dir);
  fs::remove(dir / "chunks.jsonl");
  std::ofstream(dir / "chunks.jsonl") << R"({"ep":"e0","k":0,"in":[0,0],"out":[0,2],"text":"x"})"
                                      << "\n";
  std::ofstream(dir / "episodes.jsonl")
      << R"({"ep":"e0","domain":"maze","split":"test","fps":10,"n":6,"h":4,"w":6,"video":null,"gen":"svg-world","seed":{}})"
      << "\n";
  CATCH_CHECK(kind_of(dir) == ErrorKind::Unavailable);
  std::ofstream(dir / "episodes.jsonl") << "{ not json\n";
  CATCH_CHECK(kind_of(dir) == ErrorKind::Data);
}

CATCH_TEST_CASE("a manifest's rate is stated with another option than a video's", "[video]") {
  Scratch dir;
  write_manifest(dir);
  SourceOptions options;
  options.fps = 10;
  std::string said;
  try {
    open_chunks(dir.path.string(), options);
  } catch (const Error& error) {
    CATCH_CHECK(error.kind() == ErrorKind::Usage);
    said = error.what();
  }
  CATCH_CHECK(said.find("--assume-fps") != std::string::npos);
}
