// What every session runs in: exceptions of torch leave it as ours.
#pragma once
#include <functional>

#include "libcore/session/report.h"

namespace svg::session {

// Runs `body`. Memory that torch could not get becomes Error{System}, any other c10::Error
// Error{Internal} with its first line; the whole of it, with the backtrace, goes to the log at
// level debug.
void guarded(Report& report, const std::function<Report()>& body);

}  // namespace svg::session
