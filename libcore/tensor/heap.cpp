#include "libcore/tensor/heap.h"

#include <malloc.h>

namespace svg {

void keep_heap_tight() {
  // glibc raises the threshold above which blocks are mapped on their own to the largest block that
  // was freed, unless it is set.
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
}

void give_back_large_blocks() {
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
}

}  // namespace svg
