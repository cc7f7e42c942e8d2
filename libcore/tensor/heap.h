// How the C library's heap deals with what was freed.
#pragma once

namespace svg {

// Every larger block goes back to the system as soon as it is freed, for the rest of the process.
// Without this the heap is fragmented by tensors that come and go: a fifth of a training step's
// memory, and half with activation checkpointing. It costs time in the system, so it is for runs
// that were asked to spend time on memory. Does nothing to memory on a GPU.
void keep_heap_tight();

// The same for blocks of 4 MiB and more alone. Sampling and learning in turns fragment the heap
// more than training does; on a model so large that it has such blocks this takes a sixth less
// memory and 4 % more time, on a small one it changes nothing.
void give_back_large_blocks();

// The opposite, for runs that do the same again and again on a CPU: what was freed is kept for the
// next time instead of going back to the system, which would clear every page anew. For the whole
// process.
void keep_heap_for_reuse();

}  // namespace svg
