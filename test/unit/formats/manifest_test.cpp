#include "formats/data/manifest.h"

#include "libcore/base/atomic_file.h"
#include "libcore/base/hash.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/small_files.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::formats;
using test::failure_of;

namespace {

const std::string kEpisode =
    R"({"ep":"maze/1","domain":"maze","split":"test","video":"v.rgb","sha256":null,"fps":10,"n":8,"h":2,"w":4,"cam":{"fov":68.8},)"
    R"("seed":{"geometry":2000077,"appearance":2000012,"path":5},"gen":"svg-world 1.0 cfg=9c1e","pose":"p.f32","pose_fields":["x","y"],)"
    R"("aux":{"face":"f.u16","face_offset":4},"later":{"z":1,"a":2}})";
const std::string kChunk =
    R"({"ep":"maze/1","k":1,"in":[0,4],"out":[4,8],"text":"turn left","text_inverse":"turn right","act":{"verb":"turn"},)"
    R"("visits":[{"frame":7,"place":7,"ord":2,"first":2,"gap":5,"covis_ctx":0.03,"covis_first":null,"bucket":null}],"more":[1]})";
const std::string kTask =
    R"({"task":"retrace","ep":"maze/1","goal_text":"go back the way you came","waypoints":[[3.5,2.5],[3.5,6.5]],"ctx":[0,8]})";

void put_manifest(const test::TempDir& dir, const std::string& episodes,
                  const std::string& chunks = "", const std::string& tasks = "") {
  test::put_bytes(dir / "episodes.jsonl", episodes);
  test::put_bytes(dir / "chunks.jsonl", chunks);
  test::put_bytes(dir / "tasks.jsonl", tasks);
}

// `text` with its first `from` replaced.
std::string with(std::string text, const std::string& from, const std::string& to) {
  CATCH_REQUIRE(text.find(from) != std::string::npos);
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

CATCH_TEST_CASE("A manifest is read, and rewritten with the keys it does not know", "[formats]") {
  test::TempDir dir, copy;
  put_manifest(dir, kEpisode + "\n", kChunk + "\n", kTask + "\n");
  Manifest manifest = Manifest::read(dir.path());
  CATCH_REQUIRE(manifest.episodes.size() == 1);
  const EpisodeRow& episode = *manifest.find_episode("maze/1");
  CATCH_CHECK(episode.frames() == 8);
  CATCH_CHECK(episode.video() == "v.rgb");
  CATCH_CHECK(episode.file("face")->path == "f.u16");
  CATCH_CHECK(episode.file("face")->offset == 4);
  CATCH_CHECK_FALSE(episode.file("act"));
  const ChunkRow& chunk = *manifest.chunks_of("maze/1").at(0);
  CATCH_CHECK(chunk.in().size() == 4);
  CATCH_CHECK(chunk.out().begin == 4);
  CATCH_CHECK(chunk.text_inverse() == "turn right");
  CATCH_CHECK(manifest.tasks.at(0).ctx().end == 8);
  CATCH_CHECK(manifest.find_episode("maze/2") == nullptr);
  manifest.write(copy.path());
  CATCH_CHECK(read_file(copy / "episodes.jsonl") == kEpisode + "\n");
  CATCH_CHECK(read_file(copy / "chunks.jsonl") == kChunk + "\n");
  CATCH_CHECK(read_file(copy / "tasks.jsonl") == kTask + "\n");
}

CATCH_TEST_CASE("A wrong row is refused with file and line", "[formats]") {
  test::TempDir dir;
  auto says = [&](const std::string& part, const std::string& episodes,
                  const std::string& chunks = "", const std::string& tasks = "") {
    CATCH_CAPTURE(part);
    put_manifest(dir, episodes, chunks, tasks);
    auto failure = failure_of([&] { Manifest::read(dir.path()); });
    CATCH_CAPTURE(failure.message);
    CATCH_CHECK(failure.kind == ErrorKind::Data);
    CATCH_CHECK(failure.says(part));
  };
  says("episodes.jsonl:2: not valid JSON", kEpisode + "\n{");
  says("episodes.jsonl:2: episode \"maze/1\" is there twice", kEpisode + "\n" + kEpisode);
  says("episodes.jsonl:1: \"split\" is \"tset\"", with(kEpisode, "\"test\"", "\"tset\""));
  says(":1: \"n\" is 0", with(kEpisode, "\"n\":8", "\"n\":0"));
  says(":1: key \"fps\" is missing", with(kEpisode, "\"fps\":10,", ""));
  says(":1: \"video\": ../v.rgb does not stand below", with(kEpisode, "v.rgb", "../v.rgb"));
  says(":1: \"video\": /v.rgb does not stand below", with(kEpisode, "v.rgb", "/v.rgb"));
  says(":1: neither a video nor gen",
       with(with(kEpisode, "\"v.rgb\"", "null"), "\"gen\"", "\"gone\""));
  says(":1: seed \"path\"", with(kEpisode, "\"path\":5", "\"path\":-5"));
  says(":1: key \"pose_fields\" is missing", with(kEpisode, "\"pose_fields\"", "\"fields\""));
  says(":1: \"face_offset\" is -4", with(kEpisode, "\"face_offset\":4", "\"face_offset\":-4"));
  says(
      "episodes.jsonl:3: scene (geometry 2000077, appearance 2000012) is in the splits test and "
      "train",
      kEpisode + "\n\n" + with(with(kEpisode, "maze/1", "maze/2"), "\"test\"", "\"train\""));
  says("chunks.jsonl:1: episode \"maze/9\"", kEpisode, with(kChunk, "maze/1", "maze/9"));
  says("chunks.jsonl:2: chunk 1", kEpisode, kChunk + "\n" + kChunk);
  says("\"out\" is [4,9)", kEpisode, with(kChunk, "[4,8]", "[4,9]"));
  says("\"out\" must begin", kEpisode, with(kChunk, "[4,8]", "[5,8]"));
  says("\"out\" must begin", kEpisode, with(with(kChunk, "[0,4]", "[0,8]"), "[4,8]", "[8,8]"));
  says("at most 32", with(kEpisode, "\"n\":8", "\"n\":80"), with(kChunk, "[4,8]", "[4,33]"));
  says("\"text\" is empty", kEpisode, with(kChunk, "\"turn left\"", "\"\""));
  says("\"gap\" is 6", kEpisode, with(kChunk, "\"gap\":5", "\"gap\":6"));
  says("cannot have its first visit", kEpisode, with(kChunk, "\"ord\":2", "\"ord\":1"));
  says("\"covis_ctx\" is 1.5", kEpisode, with(kChunk, "0.03", "1.5"));
  says("tasks.jsonl:1: \"task\"", kEpisode, "", with(kTask, "retrace", "walk"));
  says("needs a list \"waypoints\"", kEpisode, "", with(kTask, "waypoints", "points"));
  says("must hold points", kEpisode, "", with(kTask, "[3.5,2.5]", "[3.5]"));
  CATCH_CHECK(failure_of([&] { Manifest::read(dir / "none"); }).kind == ErrorKind::NoInput);
}

CATCH_TEST_CASE("Data files are checked for presence, length and hash", "[formats]") {
  test::TempDir dir;
  std::string video(3 * 8 * 2 * 4, 'v');
  auto failure = [&](bool hashes) {
    return failure_of([&] { check_files(Manifest::read(dir.path()), hashes); });
  };
  put_manifest(dir, with(kEpisode, "null", "\"" + sha256_hex(as_bytes_of(video)) + "\""));
  CATCH_CHECK(failure(false).kind == ErrorKind::NoInput);
  test::put_bytes(dir / "v.rgb", video);
  test::put_bytes(dir / "p.f32", std::string(4 * 8 * 2, 'p'));
  test::put_bytes(dir / "f.u16", std::string(4 + 2 * 8 * 2 * 4, 'f'));
  CATCH_CHECK_FALSE(failure(true).kind);
  test::put_bytes(dir / "f.u16", std::string(3 + 2 * 8 * 2 * 4, 'f'));
  CATCH_CHECK(
      failure(false).says("f.u16: 131 bytes, face of episode maze/1 needs 128 from byte 4 on"));
  test::put_bytes(dir / "f.u16", std::string(4 + 2 * 8 * 2 * 4, 'f'));
  video[9] = 'w';
  test::put_bytes(dir / "v.rgb", video);
  CATCH_CHECK_FALSE(failure(false).kind);
  CATCH_CHECK(failure(true).says("SHA-256"));
}
