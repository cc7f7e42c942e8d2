#include "libcore/base/mapped_files.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

namespace svg {
namespace {

struct Mapped {
  std::atomic<uintptr_t> begin{0}, end{0};  // no end: free
  std::array<char, 256> path{};
};

std::array<Mapped, 256> g_files;
std::mutex g_lock;  // of writers; a handler only reads

}  // namespace

void note_mapped_file(const void* begin, size_t size, const std::string& path) {
  const std::scoped_lock held(g_lock);
  auto free = std::ranges::find_if(g_files, [](const Mapped& file) { return file.end == 0; });
  if (free == g_files.end()) return;
  const size_t length = std::min(path.size(), free->path.size() - 1);
  std::copy_n(path.end() - static_cast<ptrdiff_t>(length), length, free->path.begin());
  free->path[length] = 0;
  for (char& c : free->path)
    if (static_cast<unsigned char>(c) < ' ' && c != 0) c = '?';
  free->begin = reinterpret_cast<uintptr_t>(begin);
  free->end = reinterpret_cast<uintptr_t>(begin) + size;
}

void forget_mapped_file(const void* begin) {
  const std::scoped_lock held(g_lock);
  for (Mapped& file : g_files)
    if (file.end != 0 && file.begin == reinterpret_cast<uintptr_t>(begin)) file.end = 0;
}

const char* mapped_file_at(const void* address) {
  const auto at = reinterpret_cast<uintptr_t>(address);
  for (const Mapped& file : g_files)
    if (file.begin <= at && at < file.end) return file.path.data();
  return nullptr;
}

}  // namespace svg
