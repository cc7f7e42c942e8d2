// How the C library's heap deals with what was freed.
#pragma once

namespace svg {

// Every larger block goes back to the system as soon as it is freed, for the rest of the process. Without this holes stay between tensors that come
// and go: a fifth of a training step's memory, and half with activation checkpointing. It costs time in the system, so it is for runs that were
// asked to spend time on memory. Does nothing to memory on a GPU.
void keep_heap_tight();

}  // namespace svg
