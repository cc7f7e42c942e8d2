// A shell command as a child of ours, with three pipes: what it reads on its standard input, what
// it writes on its standard output, and descriptor 3 for raw bytes. Its standard error is ours. It
// inherits no other descriptor, leads a process group of its own, and the whole group is gone when
// this object is, or when this process is, however it ends: a guard, which waits for the end of a
// pipe that only we hold, kills the group then.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

namespace svg::world {

class ChildProcess {
 public:
  // Runs `sh -c command`. Throws Error{System} where no process can be started.
  explicit ChildProcess(const std::string& command);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Our ends; they do not block.
  int input() const { return input_; }    // its standard input
  int output() const { return output_; }  // its standard output
  int pixels() const { return pixels_; }  // its descriptor 3
  void close_input();

  // Waits for its end, at most so long; then its wait status. It is remembered.
  std::optional<int> wait(std::chrono::milliseconds limit);
  void kill();  // the group; returns when the child is gone

 private:
  void reap();

  int input_ = -1, output_ = -1, pixels_ = -1, lifeline_ = -1;
  pid_t child_ = -1, guard_ = -1;
  std::optional<int> status_;
};

// "exited with status 3", "died of signal 9 (Killed)".
std::string ending_of(int wait_status);

}  // namespace svg::world
