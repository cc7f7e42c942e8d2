// SIGINT, SIGTERM and SIGUSR1 ask for a stop: the work at hand is finished and saved, then the tool
// exits 75.
#pragma once

namespace svg {

// Once, from main. A second signal leaves at once. SIGPIPE is ignored: writing then fails with
// EPIPE (see BrokenPipe).
void install_stop_handlers();
bool stop_requested();
// The signal that asked for the stop, 0 if none did.
int stop_signal();

// Thrown when the reader of our output has gone: the tool ends quietly, as `cat` does.
struct BrokenPipe {};

// Thrown by a filter with nothing to save when a stop was asked for: its temporary files go, and
// the tool dies of the signal.
struct Interrupted {};
inline void throw_if_stopped() {
  if (stop_requested()) throw Interrupted{};
}

// A read that waits in one thread only notices a stop if the signal reaches that thread. Where
// input is read in a thread of its own, the main thread calls leave_stop_signals() first, for
// itself and all threads started from it, and the reading thread takes them back.
void leave_stop_signals();
void take_stop_signals();

}  // namespace svg
