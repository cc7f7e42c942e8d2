#include <cmath>
#include <filesystem>
#include <limits>

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

Memory line_of_four(const std::string& dir, const std::string& keep) {
  Memory memory = Memory::create(dir, small_info(keep));
  for (int64_t chunk = 0; chunk < 4; ++chunk) append(memory, chunk);
  return memory;
}

// 1 - 2 - 3 - 4, and off 2: 5 - 6, which is HEAD.
Memory tree(const std::string& dir) {
  Memory memory = line_of_four(dir, "all");
  memory.checkout(2);
  for (int64_t chunk = 2; chunk < 4; ++chunk) append(memory, chunk, "turn left");
  return memory;
}

// "1<0 2<1 ... @HEAD"
std::string shape(const Memory& memory) {
  std::string text;
  for (const Revision& r : memory.log()) text += cat(r.id, "<", r.parent, " ");
  return text + "@" + std::to_string(memory.head());
}

std::string shape_on_disk(const std::string& dir) {
  Memory memory = Memory::open(dir);
  CATCH_CHECK(memory.verify().empty());
  for (const auto& entry : fs::directory_iterator(dir + "/rev"))
    CATCH_CHECK(memory.knows(std::stoll(entry.path().filename())));
  return shape(memory);
}

}  // namespace

CATCH_TEST_CASE("What is appended after checkout is a branch", "[formats]") {
  test::TempDir dir;
  CATCH_CHECK(shape(tree(dir / "m")) == "1<0 2<1 3<2 4<3 5<2 6<5 @6");
  CATCH_CHECK(shape_on_disk(dir / "m") == "1<0 2<1 3<2 4<3 5<2 6<5 @6");
  Memory memory = Memory::open_for_writing(dir / "m");
  memory.checkout(0);
  append(memory, 0);
  CATCH_CHECK(shape_on_disk(dir / "m") == "1<0 2<1 3<2 4<3 5<2 6<5 7<0 @7");
}

CATCH_TEST_CASE("A checkout without files, or of nothing, changes nothing", "[formats]") {
  test::TempDir dir;
  Memory memory = line_of_four(dir / "m", "every:3");
  std::string before = bytes_of_folder(dir / "m");
  CATCH_CHECK(failure_of([&] { memory.checkout(2); }).says("no longer kept (keep: every:3)"));
  CATCH_CHECK(failure_of([&] { memory.checkout(7); }).kind == ErrorKind::NoInput);
  CATCH_CHECK(bytes_of_folder(dir / "m") == before);
  memory.checkout(3);  // whose parent has no files any more
  CATCH_CHECK(memory.verify().empty());
}

CATCH_TEST_CASE("Forgetting joins children to the nearest ancestor that stays", "[formats]") {
  struct Case {
    int64_t first, last;
    std::string then;
  };
  for (const Case& c : {Case{3, 3, "1<0 2<1 4<2 5<2 6<5 @6"}, Case{1, 2, "3<0 4<3 5<0 6<5 @6"},
                        Case{3, 4, "1<0 2<1 5<2 6<5 @6"}, Case{6, 6, "1<0 2<1 3<2 4<3 5<2 @5"},
                        Case{5, 6, "1<0 2<1 3<2 4<3 @2"}, Case{2, 6, "1<0 @1"}, Case{1, 6, "@0"}}) {
    CATCH_CAPTURE(c.first, c.last);
    test::TempDir dir;
    Memory memory = tree(dir / "m");
    CATCH_CHECK(static_cast<int64_t>(memory.forget(c.first, c.last).size()) ==
                c.last - c.first + 1);
    CATCH_CHECK(shape(memory) == c.then);
    CATCH_CHECK(shape_on_disk(dir / "m") == c.then);
    append(memory, 9);  // and it goes on from there
    CATCH_CHECK(memory.revision(memory.head()).parent ==
                std::stoll(c.then.substr(c.then.find('@') + 1)));
    CATCH_CHECK(Memory::open(dir / "m").verify().empty());
  }
}

CATCH_TEST_CASE("Forgetting refuses what is not clear, and changes nothing", "[formats]") {
  test::TempDir dir;
  Memory memory = tree(dir / "m");
  memory.checkout(2);
  std::string before = bytes_of_folder(dir / "m");
  auto failure = failure_of([&] { memory.forget(1, 2); });
  CATCH_CHECK(failure.kind == ErrorKind::Config);
  CATCH_CHECK(failure.says("HEAD is revision 2, which would go while revision 3"));
  CATCH_CHECK(failure_of([&] { memory.forget(6, 7); }).kind == ErrorKind::NoInput);
  CATCH_CHECK(bytes_of_folder(dir / "m") == before);
  // The ancestor that HEAD would move to has no files.
  Memory thin = line_of_four(dir / "thin", "last");
  before = bytes_of_folder(dir / "thin");
  CATCH_CHECK(failure_of([&] { thin.forget(3, 4); }).says("no longer kept"));
  CATCH_CHECK(bytes_of_folder(dir / "thin") == before);
}

CATCH_TEST_CASE("Cut short anywhere, forgetting leaves a whole memory", "[formats]") {
  test::TempDir dir;
  tree(dir / "m").forget(5, 6);
  std::string after = bytes_of_folder(dir / "m"), log = read_file(dir / "m/log.jsonl");
  auto cut_short = [&](const std::string& name, bool head_moved, bool log_written) {
    Memory memory = tree(dir / name);
    if (head_moved) memory.checkout(2);
    if (log_written) test::put_bytes(dir / name + "/log.jsonl", log);
    memory = Memory::open(dir / name);
    CATCH_CHECK(memory.verify().empty());
    memory = Memory::open_for_writing(dir / name);
    if (!log_written) memory.forget(5, 6);
    CATCH_CHECK(bytes_of_folder(dir / name) == after);
  };
  cut_short("before", false, false);
  cut_short("head", true, false);
  cut_short("log", true, true);
}

CATCH_TEST_CASE("A fork has its own future", "[formats]") {
  test::TempDir dir;
  {
    Memory memory = tree(dir / "m");
    std::string before = bytes_of_folder(dir / "m");
    Memory fork = Memory::fork(Memory::open(dir / "m"), 6, dir / "fork");
    CATCH_CHECK(shape(fork) == "1<0 2<1 5<2 6<5 @6");
    append(fork, 4);
    CATCH_CHECK(shape_on_disk(dir / "fork") == "1<0 2<1 5<2 6<5 7<6 @7");
    fork.forget(1, 6);
    CATCH_CHECK(bytes_of_folder(dir / "m") == before);
    CATCH_CHECK(failure_of([&] { Memory::fork(memory, 9, dir / "x"); }).kind == ErrorKind::NoInput);
    CATCH_CHECK(failure_of([&] { Memory::fork(memory, 2, dir / "fork"); }).kind ==
                ErrorKind::CannotCreate);
    CATCH_CHECK_FALSE(fs::exists(dir / "x"));
  }
  // The empty memory is that of a new run with the same settings.
  Memory::fork(Memory::open(dir / "m"), 0, dir / "zero");
  Memory::create(dir / "empty", small_info());
  CATCH_CHECK(bytes_of_folder(dir / "zero") == bytes_of_folder(dir / "empty"));
}

CATCH_TEST_CASE("Rewound, a memory stands at the head it is told", "[formats]") {
  test::TempDir dir;
  Memory memory = tree(dir / "m");
  memory.rewind(5, 2);
  CATCH_CHECK(shape(memory) == "1<0 2<1 3<2 4<3 5<2 @2");
  CATCH_CHECK(shape_on_disk(dir / "m") == "1<0 2<1 3<2 4<3 5<2 @2");
}

CATCH_TEST_CASE("A memory made whole has a delta and no losses", "[formats]") {
  test::TempDir dir;
  auto a = test::ramp("a", {2, 3}), b = test::ramp("b", {2, 2}, 1);
  MemoryInfo info = small_info();
  info.lora.rank = 2;
  info.lora.alpha = 4;
  Memory::create_whole(dir / "m", info, {{"m.to_q", a.view(), b.view(), 4}});
  Memory memory = Memory::open(dir / "m");
  CATCH_CHECK(memory.verify().empty());
  CATCH_CHECK_FALSE(memory.revision(1).loss_before);
  // B A by hand: A = [[0,1,2],[3,4,5]]/8, B = [[8,9],[10,11]]/8, scale 2.
  double square = 0;
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j) {
      double cell = 0;
      for (int k = 0; k < 2; ++k)
        cell += double{b.values[size_t(2 * i + k)]} * a.values[size_t(3 * k + j)];
      square += 4 * cell * cell;
    }
  CATCH_CHECK(memory.revision(1).norm == Approx(std::sqrt(square)));
  CATCH_CHECK(memory.state(1).view().find(kOptimizerStep) != nullptr);
  a.values[0] = std::numeric_limits<float>::quiet_NaN();
  CATCH_CHECK(failure_of([&] {
                Memory::create_whole(dir / "nan", info, {{"m.to_q", a.view(), b.view(), 4}});
              }).kind == ErrorKind::Data);
  CATCH_CHECK_FALSE(fs::exists(dir / "nan"));
}

CATCH_TEST_CASE("verify finds NaN in a delta whose hashes are right", "[formats]") {
  test::TempDir dir;
  Memory memory = tree(dir / "m");
  auto a = test::ramp("a", {1, 3}), b = test::ramp("b", {2, 1});
  b.values[1] = std::numeric_limits<float>::quiet_NaN();
  Revision revision;
  revision.parent = 6;
  memory.append(revision, {{"m.to_q", a.view(), b.view(), 1}}, {}, nullptr);
  auto problems = memory.verify();
  CATCH_REQUIRE(problems.size() == 1);
  CATCH_CHECK(problems[0].find("7.safetensors") != std::string::npos);
}
