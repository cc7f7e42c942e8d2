// The bytes of the worlds, pinned: frames, face ids and manifest lines of every script and profile.
// The file of digests is written by this test itself when SVG_WRITE_GOLDEN is set; it changes only
// with kGeneratorVersion.
#include "test/support/catch.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "formats/data/manifest.h"
#include "libcore/base/hash.h"
#include "libcore/world/dataset.h"
#include "libcore/world/script.h"
#include "libcore/world/visits.h"

using namespace svg;
using namespace svg::world;

namespace {

const char* const kGolden = SVG_SOURCE_DIR "/test/golden/world/digests.txt";

// 64 frames and what the manifest says of them.
std::string digest_of(const WorldConfig& config, const std::string& script,
                      const std::string& split) {
  uint64_t seed = seed_range(split).first + 77;
  // A guided walk never comes back, so that a room holds a short one alone.
  const int chunks = script.starts_with("retrace") ? 9 : config.one_room() ? 18 : 80;
  Episode episode =
      make_episode(config, script, {seed, seed + 1, 9}, chunks, Sentences::Train, "maze/golden");
  episode.poses.resize(std::min<size_t>(episode.poses.size(), 64));
  EpisodeFrames frames = render_episode(episode);
  FaceCounts counts = count_faces(episode.scene, frames.face);
  Sha256 hash;
  hash.update(std::as_bytes(std::span<const uint8_t>(frames.rgb)));
  hash.update(std::as_bytes(std::span<const uint16_t>(frames.face)));
  std::string lines = episode_line(episode, {}, information_bits(episode, counts)).dump() +
                      face_table(episode.scene).dump();
  for (const ordered_json& line : chunk_lines(episode, find_visits(episode, counts)))
    lines += line.dump();
  hash.update(as_bytes_of(lines));
  return hash.hex();
}

std::string all_digests() {
  std::string out = cat("generator ", kGeneratorVersion, '\n');
  for (const char* profile : {"full", "small", "tiny", "view"})
    for (const char* split : {"test", "ood"})
      for (const ScriptInfo& script : all_scripts()) {
        WorldConfig config = make_config({.profile = profile});
        if (config.one_room() && !script.one_room) continue;
        out += cat(profile, ' ', split, ' ', script.name, ' ',
                   digest_of(config, script.name, split), '\n');
      }
  return out;
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

CATCH_TEST_CASE("the bytes of every script are those of the golden digests", "[world]") {
  std::string now = all_digests();
  if (std::getenv("SVG_WRITE_GOLDEN")) std::ofstream(kGolden) << now;
  CATCH_CHECK(now == content_of(kGolden));
}

CATCH_TEST_CASE(
    "a data set has the same bytes for any number of threads, and other ones for another seed",
    "[world]") {
  namespace fs = std::filesystem;
  fs::path base = fs::temp_directory_path() / cat("svg-world-test-", getpid());
  fs::create_directories(base);
  DatasetSettings options;
  options.config = make_config({.width = 32, .height = 32});
  options.split = "test";
  options.script = "turn-around";
  options.episodes = 24;  // several shards: each frame is 3 KiB, an episode 144 frames
  options.min_chunks = options.max_chunks = 9;
  options.shard_bytes = 1 << 20;
  options.faces = true;
  auto written = [&](const char* name, int threads, uint64_t seed) {
    options.folder = base / name;
    options.threads = threads;
    options.seed = seed;
    write_dataset(options);
    std::string all;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(options.folder)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) all += file.filename().string() + content_of(file);
    return all;
  };
  std::string one = written("one", 1, 5), three = written("three", 3, 5),
              other = written("other", 1, 6);
  CATCH_CHECK((one == three));
  CATCH_CHECK((one != other));
  CATCH_CHECK(one.find("frames-00003.rgb") != std::string::npos);
  CATCH_CHECK_THROWS_AS(written("one", 1, 5), Error);  // exists
  options.force = true;
  CATCH_CHECK((written("one", 1, 6) == other));
  fs::remove_all(base);
}

CATCH_TEST_CASE("what the manifest says of an episode is where it says", "[world]") {
  namespace fs = std::filesystem;
  fs::path folder = fs::temp_directory_path() / cat("svg-world-manifest-", getpid());
  DatasetSettings options;
  options.config = make_config({.profile = "tiny"});
  options.folder = folder;
  options.split = "val";
  options.episodes = 7;
  options.min_chunks = 8;
  options.max_chunks = 16;
  write_dataset(options);
  formats::check_files(formats::Manifest::read(folder), true);
  std::ifstream lines(folder / "episodes.jsonl");
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    json e = parse_json(line, "episodes.jsonl");
    std::string video = content_of(folder / e["video"].get<std::string>());
    size_t bytes = e["n"].get<size_t>() * 32 * 16 * 3;
    std::string frames = video.substr(e.value("video_offset", size_t{0}), bytes);
    CATCH_CHECK(sha256_hex(as_bytes_of(frames)) == e["sha256"]);
    Seeds seeds{e["seed"]["geometry"], e["seed"]["appearance"], e["seed"]["path"]};
    CATCH_CHECK(seeds.geometry / 1000000 == 1);
    Episode again = make_episode(options.config, "walk", seeds, e["n"].get<int>() / 4,
                                 Sentences::Train, e["ep"]);
    CATCH_CHECK((std::string(reinterpret_cast<const char*>(render_episode(again).rgb.data()),
                             bytes) == frames));
    std::string pose = content_of(folder / e["pose"].get<std::string>());
    std::vector<float> rows = pose_rows(again);
    CATCH_CHECK((pose.substr(e.value("pose_offset", size_t{0}), rows.size() * 4) ==
                 std::string(reinterpret_cast<const char*>(rows.data()), rows.size() * 4)));
  }
  CATCH_CHECK(count == 7);
  fs::remove_all(folder);
}
