// Lines and raw bytes between us and an environment's process, each with a time limit. Every fault
// is an Error of one line that names the command and the operation, and ends the process: Data for
// what it says, Unavailable where it is dead or late. Needs SIGPIPE ignored (base/signals.h), as it
// is in every tool.
#pragma once
#include <memory>

#include "libcore/world/environment/child_process.h"
#include "libcore/world/environment/environment.h"

namespace svg::world {

class EnvironmentPipe {
 public:
  using Milliseconds = std::chrono::milliseconds;
  explicit EnvironmentPipe(const std::string& command);

  // What follows belongs to operation `op` and must be over within `limit`. Looks first whether
  // something came that nobody asked for.
  void begin(const std::string& op, Milliseconds limit);
  void send(const std::string& line);           // with its newline
  std::string receive_line();                   // without its newline
  void receive_bytes(std::span<uint8_t> into);  // from descriptor 3

  void close_input() { child_->close_input(); }
  // The wait status of the process, if it ends by itself in time; it is gone afterwards in any
  // case.
  std::optional<int> wait_for_end(Milliseconds limit);

  // "environment `cmd`: step": how messages begin.
  std::string where() const;
  // Ends the process and throws.
  [[noreturn]] void fault(ErrorKind kind, const std::string& what);
  bool alive() const { return child_ != nullptr; }

 private:
  void wait_for(int descriptor, short events, const std::string& what);
  [[noreturn]] void ended(const std::string& what);

  std::string command_, op_ = "start";
  std::unique_ptr<ChildProcess> child_;
  std::chrono::steady_clock::time_point end_{}, stopped_{};
  Milliseconds limit_{};
  std::string buffer_;  // of its standard output: what came behind the last line
};

}  // namespace svg::world
