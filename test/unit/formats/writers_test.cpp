// What any writer of a format leaves under a final name, its reader takes: it writes what can be
// read again, or refuses it and leaves nothing.
#include <cmath>
#include <filesystem>
#include <limits>

#include "formats/data/manifest.h"
#include "formats/inspect.h"
#include "formats/lora/lora_delta.h"
#include "formats/provenance.h"
#include "libcore/base/path.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/small_memory.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::formats;
namespace fs = std::filesystem;

namespace {

// Texts and documents that strangers' files and users' flags bring along.
std::vector<std::string> texts() {
  return {"",
          "plain",
          "two\nlines",
          "\x1b[31mred",
          std::string(1, '\0'),
          "\xff\xfe",
          "\xc3\xa9",
          "\"quoted\\",
          std::string(300'000, 'x'),
          "..",
          "a/../../b",
          "__metadata__"};
}

std::vector<ordered_json> documents() {
  std::vector<ordered_json> all{nullptr, "text", 1e308, ordered_json::array()};
  for (int depth : {10, 62, 63, 64, 65, 200}) {
    ordered_json deep = 1;
    for (int k = 0; k < depth; ++k) deep = ordered_json{{"previous", deep}};
    all.push_back(deep);
  }
  ordered_json wide = ordered_json::object();
  for (int k = 0; k < 5'000; ++k) append_member(wide, cat("key ", k), k);
  all.push_back(wide);
  for (const std::string& text : texts()) all.push_back({{"tool", text}});
  return all;
}

// `write` makes `path` or throws an Error; what it made is sound.
template <class Write>
void sound_or_refused(const std::string& path, const Write& write) {
  try {
    write();
  } catch (const Error&) {
    CATCH_CHECK_FALSE(path_exists(path));
    return;
  }
  std::string problem;
  try {
    const auto found = inspect(path, true);
    if (!found.problems.empty()) problem = found.problems.front();
  } catch (const Error& e) {
    problem = e.what();
  }
  CATCH_CHECK(problem == "");
}

}  // namespace

CATCH_TEST_CASE("Streams: what is written can be read", "[formats]") {
  test::TempDir dir;
  const auto write = [&](const ordered_json& stream, const ordered_json& chunk,
                         const test::OwnedTensor& latents) {
    fs::remove(dir / "s.latents");
    fs::remove(dir / "s.latents.partial");
    sound_or_refused(dir / "s.latents", [&] {
      auto writer = StreamWriter::create(dir / "s.latents", Durability::WhenFinished);
      writer.write(stream);
      writer.write(chunk, {latents.view()});
      writer.finish();
    });
  };
  const auto latents = test::ramp("latents", {1, 2, 2, 3});
  for (const ordered_json& document : documents()) {
    auto stream = test::stream_header();
    stream["provenance"] = document;
    write(stream, test::chunk_header(0, 1), latents);
    auto chunk = test::chunk_header(0, 1);
    chunk["note"] = document;
    write(test::stream_header(), chunk, latents);
  }
  for (const std::string& text : texts()) {
    auto chunk = test::chunk_header(0, 1);
    chunk["action"] = text;
    chunk["episode"] = text;
    write(test::stream_header(), chunk, latents);
  }
  for (double number : {0.0, -1.0, 1e300, std::nan(""), 4294967296.0}) {
    auto stream = test::stream_header();
    stream["fps"] = number;
    write(stream, test::chunk_header(0, 1), latents);
  }
  // Far more numbers than so few bytes hold: a bomb to a reader.
  write(test::stream_header(1, 2048, 2048), test::chunk_header(0, 5),
        test::OwnedTensor{"latents", {5, 1, 2048, 2048}, std::vector<float>(5u << 22)});
  auto odd = latents;
  odd.values[3] = std::numeric_limits<float>::infinity();
  write(test::stream_header(), test::chunk_header(0, 1), odd);
}

CATCH_TEST_CASE("Safetensors and deltas: what is written can be read", "[formats]") {
  test::TempDir dir;
  const auto path = dir / "t.safetensors";
  const auto a = test::ramp("a", {2, 4}), b = test::ramp("b", {3, 2});
  for (const std::string& text : texts()) {
    fs::remove(path);
    sound_or_refused(path, [&] {
      write_safetensors(path, {a.view()}, {{"k", text}, {text, "v"}});
    });
    fs::remove(path);
    sound_or_refused(path, [&] { write_safetensors(path, {test::ramp(text, {2}).view()}, {}); });
    fs::remove(path);
    sound_or_refused(path, [&] {
      write_lora_delta(path,
                       {.rank = 2, .alpha = 1, .base = text, .targets = {text}, .provenance = {}},
                       {{text, a.view(), b.view(), 1}});
    });
  }
  fs::remove(path);
  sound_or_refused(path, [&] {
    write_safetensors(path, {test::ramp("a", {1, 1, 1, 1, 1, 1, 1, 1, 1}).view()}, {});
  });
  for (const ordered_json& document : documents()) {
    fs::remove(path);
    sound_or_refused(path, [&] {
      write_lora_delta(path,
                       {.rank = 2, .alpha = 1, .base = "x", .targets = {}, .provenance = document},
                       {{"m", a.view(), b.view(), 1}});
    });
  }
  const auto wide = test::ramp("a", {5'000, 1}), tall = test::ramp("b", {1, 5'000});
  fs::remove(path);
  sound_or_refused(path, [&] {
    write_lora_delta(path,
                     {.rank = 5'000, .alpha = 1, .base = "x", .targets = {}, .provenance = {}},
                     {{"m", wide.view(), tall.view(), 1}});
  });
}

CATCH_TEST_CASE("Memories: what is written can be read", "[formats]") {
  test::TempDir dir;
  int made = 0;
  for (const ordered_json& document : documents()) {
    const auto path = dir / cat("m", ++made);
    sound_or_refused(path, [&] {
      auto info = test::small_info();
      info.lora.provenance = document;
      Memory::create(path, info);
    });
  }
  for (const std::string& text : texts()) {
    const auto path = dir / cat("m", ++made);
    auto memory = Memory::create(path, test::small_info());
    try {
      test::append(memory, 0, text);
    } catch (const Error&) {
      CATCH_CHECK(memory.log().empty());
    }
    CATCH_CHECK(inspect(path, true).problems.empty());
  }
}

CATCH_TEST_CASE("Manifests: what is written can be read", "[formats]") {
  test::TempDir dir;
  int made = 0;
  const auto write = [&](const char* key, const ordered_json& value) {
    const auto path = dir / cat("d", ++made);
    fs::create_directory(path);
    Manifest manifest;
    manifest.episodes.push_back({{{"ep", "e"},
                                  {"domain", "d"},
                                  {"split", "train"},
                                  {"n", 1},
                                  {"h", 2},
                                  {"w", 2},
                                  {"fps", 8},
                                  {"gen", "g"},
                                  {"seed", {{"geometry", 1}}}}});
    manifest.episodes[0].doc[key] = value;
    try {
      manifest.write(path);
    } catch (const Error&) {
      CATCH_CHECK_FALSE(path_exists(path + "/episodes.jsonl"));
      return;
    }
    CATCH_CHECK_NOTHROW(inspect(path, true));
  };
  write("note", "as it is");
  for (const char* key : {"n", "h", "w", "fps"})
    for (const ordered_json& n : {ordered_json(0), ordered_json(int64_t{1} << 62),
                                  ordered_json(1.5), ordered_json(std::nan("")), ordered_json("8")})
      write(key, n);
  for (const std::string& text : texts()) {
    write("ep", text);
    write("pose", text);
  }
  for (const ordered_json& document : documents()) write("note", document);
}
