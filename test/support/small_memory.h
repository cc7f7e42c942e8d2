// Memories of a few bytes, and folders as text: for tests of what happens to a memory.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "formats/memory/memory.h"
#include "libcore/base/atomic_file.h"
#include "test/support/small_files.h"

namespace svg::test {

inline formats::MemoryInfo small_info(const std::string& keep = "all") {
  formats::MemoryInfo info;
  info.lora = {.rank = 1,
               .alpha = 1,
               .base = "xxh128:ab",
               .targets = {"to_q"},
               .provenance = {{"tool", "t"}}};
  info.optimizer = {{"lr", 1e-4}};
  info.keep = formats::KeepPolicy::parse(keep);
  return info;
}

// A revision on top of HEAD whose tensors and numbers follow from its chunk.
inline void append(formats::Memory& memory, int64_t chunk,
                   const std::string& action = "walk ahead two steps") {
  float start = static_cast<float>(chunk);
  auto a = ramp("a", {1, 3}, start), b = ramp("b", {2, 1}, start), m = ramp("m", {5}, start);
  formats::Revision revision{
      .parent = memory.head(),
      .episode = "e",
      .chunk = chunk,
      .action = action,
      .loss_before = 0.1 * start,
      .loss_after = 0.05 * start,
      .steps = chunk < 4 ? std::nullopt : std::optional(chunk + 3),  // older writers say none
      .norm = start};
  memory.append(revision, {{"m.to_q", a.view(), b.view(), 1}}, {m.view()}, {{"tool", "t"}});
}

// Every file of the folder with its bytes, as one string.
inline std::string bytes_of_folder(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file())
      files[std::filesystem::relative(entry.path(), folder)] = read_file(entry.path());
  }
  std::string text;
  for (const auto& [name, bytes] : files)
    text += name + "=" + std::to_string(bytes.size()) + ":" + bytes + ";";
  return text;
}

}  // namespace svg::test
