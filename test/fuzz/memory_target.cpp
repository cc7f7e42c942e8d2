// A memory directory, its seals put right, with all that can be done to it.
#include <filesystem>

#include "formats/inspect.h"
#include "formats/memory/memory_log.h"
#include "test/fuzz/parts.h"

namespace {
using namespace svg;
using formats::Memory;

void look_at(const std::string& folder) {
  const Memory memory = Memory::open(folder);
  (void)memory.verify();
  (void)log_table(memory);
  (void)log_graph(memory);
  for (const auto& revision : memory.log()) (void)log_object(memory, revision, {});
  (void)show_object(memory, memory.head());
  if (memory.head()) {
    (void)memory.delta(memory.head());
    (void)memory.state(memory.head());
  }
}

// A fork of a sound memory is sound.
void fork(const std::string& folder, const std::string& target) {
  const Memory memory = Memory::open(folder);
  Memory::fork(memory, memory.head(), target);
  if (!Memory::open(target).verify().empty() && memory.verify().empty()) abort();
}

void write_to(const std::string& folder) {
  Memory memory = Memory::open_for_writing(folder);
  const auto log = memory.log();
  if (!log.empty()) memory.checkout(log.front().id);
  if (log.size() > 1) memory.forget(log.back().id, log.back().id);
  memory.rewind_to(0);
  look_at(folder);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fuzz::Scratch scratch, other;
  auto parts = fuzz::parts_of({data, size});
  for (auto& part : parts)
    if (!part.name.ends_with(".safetensors")) part.content = fuzz::sealed_again(part.content);
  const std::string folder = scratch.fill(parts);
  bool opens = false;
  fuzz::expect_errors_only([&] {
    (void)Memory::open(folder);
    opens = true;
  });
  // What opens is looked at in one way or another, told by the input itself: all of them for each
  // would take several times as long.
  switch (opens ? size % 4 : 4) {
    case 0:
      fuzz::expect_errors_only([&] { look_at(folder); });
      break;
    case 1:
      fuzz::expect_errors_only([&] { (void)formats::inspect(folder, true); });
      break;
    case 2:
      fuzz::expect_errors_only([&] { fork(folder, other.fill({}) + "/fork"); });
      break;
    case 3:
      fuzz::expect_errors_only([&] { write_to(folder); });
      break;
    default:
      break;
  }
  return 0;
}
