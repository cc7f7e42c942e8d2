#include "libcore/tensor/heap.h"

#include <malloc.h>

#include <limits>

namespace svg {

void keep_heap_tight() {
  // glibc raises the threshold above which blocks are mapped on their own to the largest block that
  // was freed, unless it is set.
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
}

void give_back_large_blocks() {
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
}

void keep_heap_for_reuse() {
  mallopt(M_MMAP_MAX, 0);  // large blocks come from the heap, too
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 64 << 20);
}

}  // namespace svg
