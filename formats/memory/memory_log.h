// A memory and its history as text and as objects, for svg-memory log and show.
#pragma once
#include <map>
#include <string>

#include "formats/memory/memory.h"

namespace svg::formats {

// Seconds that a revision's chunk took to sample and to learn, from timings.jsonl; absent where
// nothing was measured. The file is a by-product: lines that make no sense are passed over.
struct StepTime {
  std::optional<double> sampling_sec, learning_sec;
};
std::map<int64_t, StepTime> step_times(const Memory& memory);

// null for nothing: a loss or a time that was not measured.
ordered_json number_or_null(std::optional<double> number);

// One line a revision, in the order of the log, under a line of headings. In front stands * for
// HEAD, - where the files are no longer kept.
std::string log_table(const Memory& memory);

// The same history as a tree from revision 0 on, the oldest child of each revision straight below
// it, younger ones as branches to the right:
//   * 0  the empty memory
//   * 1  chunk 2  turn left  loss 0.91 -> 0.87
//   |\                                      the younger child of 1
//   | * 3  chunk 3  walk forward  loss 0.86 -> 0.85  (HEAD)
//   * 2  chunk 3  turn right  loss 0.88 -> 0.84
std::string log_graph(const Memory& memory);

// A revision as one object: the line of the log, and head, kept, sampling_sec and learning_sec.
ordered_json log_object(const Memory& memory, const Revision& revision, const StepTime& time);

// All that is to be said of revision `id` and of the memory it belongs to; for 0 of the memory
// alone. Layers, as {module: [out, in]}, and provenance only where the files are kept. Throws as
// Memory::revision and delta.
ordered_json show_object(const Memory& memory, int64_t id);

}  // namespace svg::formats
