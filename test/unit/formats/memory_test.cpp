#include "formats/memory/memory.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "libcore/base/atomic_file.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/small_memory.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::formats;
using test::append;
using test::bytes_of_folder;
using test::failure_of;
using test::small_info;
namespace fs = std::filesystem;

namespace {

// All that a reader learns of a memory.
std::string facts(const std::string& dir) {
  Memory memory = Memory::open(dir);
  std::string text = cat(memory.head(), memory.info().lora.base, memory.info().keep.text(),
                         memory.info().optimizer.dump());
  for (const Revision& r : memory.log()) {
    text +=
        cat(r.id, r.parent, r.episode, r.chunk, r.action, *r.loss_before, *r.loss_after, r.norm);
    LoraDelta delta = memory.delta(r.id);
    for (const LoraLayer& layer : delta.layers())
      text += layer.module + test::text_of(layer.a.bytes) + test::text_of(layer.b.bytes);
    text += delta.info().provenance.dump();
    SafetensorsFile state = memory.state(r.id);
    for (const TensorView& t : state.view().tensors) text += t.name + test::text_of(t.bytes);
  }
  return text;
}

}  // namespace

CATCH_TEST_CASE("A memory remembers its revisions", "[formats]") {
  test::TempDir dir;
  std::string path = dir / "walk.memory";
  {
    Memory memory = Memory::create(path, small_info());
    CATCH_CHECK(memory.head() == 0);
    append(memory, 0);
    append(memory, 1);
  }
  Memory memory = Memory::open(path);
  CATCH_CHECK(memory.head() == 2);
  CATCH_CHECK(memory.info().lora.targets == std::vector<std::string>{"to_q"});
  CATCH_CHECK(memory.revision(2).parent == 1);
  CATCH_CHECK(memory.revision(2).loss_before == 0.1);
  CATCH_CHECK(memory.delta(2).layers().at(0).module == "m.to_q");
  CATCH_CHECK(memory.state(1).view().find("m") != nullptr);
  CATCH_CHECK(memory.verify().empty());
  CATCH_CHECK(failure_of([&] { memory.revision(3); }).kind == ErrorKind::NoInput);
  CATCH_CHECK(failure_of([&] { Memory::open(dir / "none"); }).kind == ErrorKind::NoInput);
  CATCH_CHECK(failure_of([&] { Memory::create(path, small_info()); }).kind ==
              ErrorKind::CannotCreate);
}

CATCH_TEST_CASE("A memory has one writer at a time, and readers beside it", "[formats]") {
  test::TempDir dir;
  std::string path = dir / "m";
  Memory first = Memory::create(path, small_info());
  CATCH_CHECK(failure_of([&] { Memory::open_for_writing(path); }).kind == ErrorKind::CannotCreate);
  CATCH_CHECK_NOTHROW(Memory::open(path));
  first = Memory::open(path);  // gives the lock back
  CATCH_CHECK_NOTHROW(Memory::open_for_writing(path));
}

CATCH_TEST_CASE("Keep policies say which revisions keep their files", "[formats]") {
  auto kept = [](const std::string& policy) {
    test::TempDir dir;
    Memory memory = Memory::create(dir / "m", small_info(policy));
    for (int64_t chunk = 0; chunk < 7; ++chunk) append(memory, chunk);
    CATCH_CHECK(memory.verify().empty());
    std::string ids;
    for (const Revision& r : memory.log())
      ids += memory.has_files(r.id) ? std::to_string(r.id) : "";
    return ids;
  };
  CATCH_CHECK(kept("all") == "1234567");
  CATCH_CHECK(kept("last") == "67");
  CATCH_CHECK(kept("every:3") == "367");
  for (const char* text : {"", "every:", "every:0", "every:-1", "every:2x", "some"}) {
    CATCH_CHECK(failure_of([&] { KeepPolicy::parse(text); }).kind == ErrorKind::Usage);
  }
  test::TempDir dir;
  Memory memory = Memory::create(dir / "m", small_info("last"));
  for (int64_t chunk = 0; chunk < 3; ++chunk) append(memory, chunk);
  CATCH_CHECK(failure_of([&] { memory.delta(1); }).kind == ErrorKind::NoInput);
  CATCH_CHECK(failure_of([&] { memory.rewind_to(1); }).kind == ErrorKind::NoInput);
}

CATCH_TEST_CASE("Rewound and gone on with, a memory is byte for byte that of one run",
                "[formats]") {
  for (const char* policy : {"all", "last", "every:2"}) {
    CATCH_CAPTURE(policy);
    test::TempDir dir;
    {
      Memory whole = Memory::create(dir / "whole", small_info(policy));
      for (int64_t chunk = 0; chunk < 5; ++chunk) append(whole, chunk);
      Memory stopped = Memory::create(dir / "stopped", small_info(policy));
      for (int64_t chunk = 0; chunk < 4; ++chunk) append(stopped, chunk);
    }
    Memory memory = Memory::open_for_writing(dir / "stopped");
    memory.rewind_to(3);
    CATCH_CHECK(memory.head() == 3);
    CATCH_CHECK_FALSE(fs::exists(memory.delta_path(4)));
    append(memory, 3);
    append(memory, 4);
    CATCH_CHECK(bytes_of_folder(dir / "stopped") == bytes_of_folder(dir / "whole"));
  }
}

CATCH_TEST_CASE("A memory rewound to 0 is empty", "[formats]") {
  test::TempDir dir;
  Memory memory = Memory::create(dir / "m", small_info());
  Memory::create(dir / "empty", small_info());
  append(memory, 0);
  memory.rewind_to(0);
  CATCH_CHECK(bytes_of_folder(dir / "m") == bytes_of_folder(dir / "empty"));
}

CATCH_TEST_CASE("What a killed writer leaves is cleared up and reported", "[formats]") {
  test::TempDir dir;
  std::string path = dir / "m";
  {
    Memory memory = Memory::create(path, small_info());
    append(memory, 0);
  }
  std::string clean = bytes_of_folder(path), log = read_file(path + "/log.jsonl");
  // The files of revision 2 are there, its log line is half written, HEAD is still 1.
  test::put_bytes(path + "/rev/2.safetensors", "half");
  test::put_bytes(path + "/rev/2.state.safetensors.tmp-77", "half");
  test::put_bytes(path + "/HEAD.tmp-77", "half");
  test::put_bytes(path + "/log.jsonl", log + log.substr(0, 30));
  CATCH_CHECK(Memory::open(path).log().size() == 1);
  {
    Memory memory = Memory::open_for_writing(path);
    CATCH_CHECK(memory.repairs().size() == 4);
    CATCH_CHECK(memory.head() == 1);
  }
  CATCH_CHECK(bytes_of_folder(path) == clean);
}

CATCH_TEST_CASE("A branch from an older revision keeps its parent", "[formats]") {
  test::TempDir dir;
  Memory memory = Memory::create(dir / "m", small_info());
  for (int64_t chunk = 0; chunk < 3; ++chunk) append(memory, chunk);
  auto a = test::ramp("a", {1, 3}), b = test::ramp("b", {2, 1});
  Revision revision{.parent = 1, .episode = "other", .chunk = 1};
  CATCH_CHECK(memory.append(revision, {{"m.to_q", a.view(), b.view(), 1}}, {}, nullptr) == 4);
  CATCH_CHECK(Memory::open(dir / "m").revision(4).parent == 1);
  CATCH_CHECK(memory.verify().empty());
}

CATCH_TEST_CASE("Diverged learning is refused, and leaves the memory as it was", "[formats]") {
  test::TempDir dir;
  Memory memory = Memory::create(dir / "m", small_info());
  append(memory, 0);
  std::string before = bytes_of_folder(dir / "m");
  Revision revision{.parent = 1, .loss_before = std::numeric_limits<double>::quiet_NaN()};
  CATCH_CHECK(failure_of([&] { memory.append(revision, {}, {}, nullptr); }).kind ==
              ErrorKind::Data);
  CATCH_CHECK(bytes_of_folder(dir / "m") == before);
}

CATCH_TEST_CASE("verify names every fault", "[formats]") {
  test::TempDir dir;
  Memory memory = Memory::create(dir / "m", small_info());
  for (int64_t chunk = 0; chunk < 4; ++chunk) append(memory, chunk);
  fs::remove(memory.state_path(2));
  fs::copy_file(memory.delta_path(1), memory.delta_path(3), fs::copy_options::overwrite_existing);
  auto problems = memory.verify();
  CATCH_REQUIRE(problems.size() == 2);
  CATCH_CHECK(problems[0].find("2.state.safetensors: not there") != std::string::npos);
  CATCH_CHECK(problems[1].find("3.safetensors: its SHA-256") != std::string::npos);
}

CATCH_TEST_CASE("References name a directory and a revision", "[formats]") {
  CATCH_CHECK(MemoryRef::parse("a/walk.memory@12").revision == 12);
  CATCH_CHECK(MemoryRef::parse("a/walk.memory@12").dir == "a/walk.memory");
  CATCH_CHECK_FALSE(MemoryRef::parse("user@host/walk.memory").revision);
  for (const char* text : {"m@", "m@x", "m@-1", "@3"})
    CATCH_CHECK(failure_of([&] { MemoryRef::parse(text); }).kind == ErrorKind::Usage);
}

CATCH_TEST_CASE("A memory cut off or flipped anywhere is refused or reads the same", "[formats]") {
  test::TempDir dir;
  std::string path = dir / "m";
  {
    Memory memory = Memory::create(path, small_info());
    append(memory, 0);
    append(memory, 1);
  }
  std::string truth = facts(path);
  auto same_or_refused = [&] {
    std::string read;
    auto failure = failure_of([&] { read = facts(path); });
    return failure.kind == ErrorKind::Data || (!failure.kind && read == truth);
  };
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (!entry.is_regular_file()) continue;
    std::string file = entry.path(), whole = read_file(file);
    for (size_t n = 0; n < whole.size(); ++n) {
      CATCH_CAPTURE(file, n);
      test::put_bytes(file, whole.substr(0, n));
      CATCH_REQUIRE(same_or_refused());
      std::string flipped = whole;
      flipped[n] = static_cast<char>(flipped[n] ^ (1 << (n % 8)));
      test::put_bytes(file, flipped);
      CATCH_REQUIRE(same_or_refused());
    }
    test::put_bytes(file, whole);
  }
}

CATCH_TEST_CASE("No link in a memory is followed for writing or removing", "[formats]") {
  test::TempDir dir;
  const std::string path = dir / "m", theirs = dir / "theirs";
  { append(*std::make_unique<Memory>(Memory::create(path, small_info())), 1); }
  make_directories(theirs);
  for (const char* name : {"1.safetensors", "9.safetensors", "letter.txt", "x.tmp-77"})
    test::put_bytes(theirs + "/" + name, "theirs");
  const std::string before = test::bytes_of_folder(theirs);
  // rev/ elsewhere: what the log does not name would be cleared up there.
  fs::rename(path + "/rev", dir / "rev");
  fs::create_symlink(theirs, path + "/rev");
  auto failure = failure_of([&] { Memory::open_for_writing(path); });
  CATCH_CHECK(failure.kind == ErrorKind::Data);
  CATCH_CHECK(failure.says("/rev"));
  CATCH_CHECK(test::bytes_of_folder(theirs) == before);
  fs::remove(path + "/rev");
  fs::rename(dir / "rev", path + "/rev");
  // Files elsewhere: replaced and removed here, left alone there.
  fs::create_symlink(theirs + "/letter.txt", path + "/rev/7.safetensors");
  fs::create_symlink(theirs + "/letter.txt", path + "/HEAD.tmp-0123456789abcdef");
  {
    Memory memory = Memory::open_for_writing(path);
    CATCH_CHECK(memory.repairs().size() == 2);
    append(memory, 2);
  }
  fs::rename(path + "/log.jsonl", theirs + "/log.jsonl");
  fs::create_symlink(theirs + "/log.jsonl", path + "/log.jsonl");
  const std::string log = read_file(theirs + "/log.jsonl");
  {
    Memory memory = Memory::open_for_writing(path);
    CATCH_CHECK(failure_of([&] { append(memory, 3); }).kind == ErrorKind::Io);
  }
  CATCH_CHECK(read_file(theirs + "/log.jsonl") == log);
  fs::remove(theirs + "/log.jsonl");
  fs::remove(path + "/lock");
  fs::create_symlink(theirs + "/new", path + "/lock");
  CATCH_CHECK(failure_of([&] { Memory::open_for_writing(path); }).kind == ErrorKind::CannotCreate);
  CATCH_CHECK(test::bytes_of_folder(theirs) == before);
}

CATCH_TEST_CASE("A memory made whole is not there before it is whole", "[formats]") {
  test::TempDir dir;
  auto a = test::ramp("a", {1, 3}), b = test::ramp("b", {2, 1});
  const std::vector<LoraLayer> good{{"m.to_q", a.view(), b.view(), 1}},
      bad{{"m.to_q", a.view(), b.view(), 2}};  // of another alpha than the memory
  // As a killed one left it.
  fs::create_directories(dir / "m.tmp-0123456789abcdef/rev");
  CATCH_CHECK(failure_of([&] { Memory::create_whole(dir / "m", small_info(), bad); }).kind ==
              ErrorKind::Internal);
  CATCH_CHECK(fs::is_empty(dir.path()));
  Memory made = Memory::create_whole(dir / "m", small_info(), good);
  CATCH_CHECK(made.dir() == dir / "m");
  CATCH_CHECK(failure_of([&] { Memory::open_for_writing(dir / "m"); }).kind ==
              ErrorKind::CannotCreate);
  append(made, 1);
  CATCH_CHECK(Memory::open(dir / "m").verify().empty());
  CATCH_CHECK(Memory::open(dir / "m").log().size() == 2);
  CATCH_CHECK(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()) == 1);
  MemoryInfo wide = small_info();
  wide.lora.rank = kMaxLoraRank + 1;  // what could not be opened again is not made
  CATCH_CHECK(failure_of([&] { Memory::create(dir / "wide", wide); }).kind == ErrorKind::Data);
}
