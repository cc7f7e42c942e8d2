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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fuzz::Scratch scratch, other;
  auto parts = fuzz::parts_of({data, size});
  for (auto& part : parts)
    if (!part.name.ends_with(".safetensors")) part.content = fuzz::sealed_again(part.content);
  const std::string folder = scratch.fill(parts);
  fuzz::expect_errors_only([&] { look_at(folder); });
  fuzz::expect_errors_only([&] { (void)formats::inspect(folder, true); });
  const std::string fork = other.fill({}) + "/fork";
  fuzz::expect_errors_only([&] {
    const Memory memory = Memory::open(folder);
    Memory::fork(memory, memory.head(), fork);
    if (!Memory::open(fork).verify().empty() && memory.verify().empty()) abort();
  });
  fuzz::expect_errors_only([&] {
    Memory memory = Memory::open_for_writing(folder);
    const auto log = memory.log();
    if (!log.empty()) memory.checkout(log.front().id);
    if (log.size() > 1) memory.forget(log.back().id, log.back().id);
    memory.rewind_to(0);
    look_at(folder);
  });
  return 0;
}
