// Revisit tasks as files, for other systems to do: what is shown, what is asked for, and nothing of
// the answers.
#pragma once
#include <functional>
#include <string>

#include "libcore/eval/revisit/tasks.h"

namespace svg::eval {

// A manifest whose frames are not stored (they are made again from their seeds when they are
// scored): episodes.jsonl, chunks.jsonl with the sentences, tasks.jsonl of kind "revisit", poses
// and actions of every frame; and what is given of episode E as given/E.mkv, lossless. The folder
// appears whole or not at all; with `force` in place of an older one. `progress` gets the number of
// finished episodes. Throws Error{CannotCreate, Io, Usage}, Error{Stopped} after a signal.
void write_tasks(const RevisitTasks& tasks, const std::string& folder, bool force,
                 const std::function<void(int64_t)>& progress);

}  // namespace svg::eval
