#include "libcore/world/environment/environment_pipe.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "libcore/base/descriptor.h"
#include "libcore/base/printable.h"
#include "libcore/base/signals.h"
#include "libcore/world/environment/protocol.h"

namespace svg::world {
namespace {

// With a process that has not answered once a stop was asked for.
constexpr std::chrono::milliseconds kPatience{1000};
constexpr size_t kShownBytes = 80;  // of a command, of a line, in a message

std::string shortened(const std::string& text) {
  return printable(text.size() <= kShownBytes ? text : text.substr(0, kShownBytes) + "...");
}

std::string seconds(std::chrono::milliseconds limit) {
  return cat(static_cast<double>(limit.count()) / 1000, " s");
}

}  // namespace

EnvironmentPipe::EnvironmentPipe(const std::string& command)
    : command_(shortened(command)), child_(std::make_unique<ChildProcess>(command)) {}

std::string EnvironmentPipe::where() const {
  return cat("environment `", command_, "`: ", op_);
}

void EnvironmentPipe::fault(ErrorKind kind, const std::string& what) {
  child_.reset();
  fail(kind, where(), ": ", what);
}

// It wrote no more: say how it ended.
void EnvironmentPipe::ended(const std::string& what) {
  const std::optional<int> status = child_->wait(Milliseconds(500));
  fault(ErrorKind::Unavailable,
        status ? cat("it ", ending_of(*status)) : cat("it closed ", what, " but did not exit"));
}

void EnvironmentPipe::begin(const std::string& op, Milliseconds limit) {
  if (child_ == nullptr)
    fail(ErrorKind::Unavailable, where(), ": it was ended after a fault; ", op, " is not possible");
  op_ = op;
  limit_ = limit;
  end_ = std::chrono::steady_clock::now() + limit;
  char first = 0;
  if (::read(child_->pixels(), &first, 1) == 1)
    fault(ErrorKind::Data, "bytes on descriptor 3 that were not announced");
  if (buffer_.empty()) {
    pollfd output{child_->output(), POLLIN, 0};
    if (::poll(&output, 1, 0) <= 0 || !(output.revents & POLLIN)) return;
    char some[256];
    const ssize_t n = ::read(child_->output(), some, sizeof some);
    if (n > 0) buffer_.assign(some, static_cast<size_t>(n));
  }
  if (!buffer_.empty())
    fault(ErrorKind::Data, cat("a line without a request: \"",
                               shortened(buffer_.substr(0, buffer_.find('\n'))), "\""));
}

void EnvironmentPipe::wait_for(int descriptor, short events, const std::string& what) {
  pollfd entry{descriptor, events, 0};
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    if (stop_requested() && stopped_.time_since_epoch().count() == 0) stopped_ = now;
    if (stop_requested() && now - stopped_ > kPatience)
      fault(ErrorKind::Stopped, "stopped while waiting for it");
    const auto left = std::chrono::duration_cast<Milliseconds>(end_ - now);
    if (left.count() <= 0)
      fault(ErrorKind::Unavailable, cat(what, " within ", seconds(limit_), "; it was ended"));
    const int ready = ::poll(&entry, 1, static_cast<int>(std::min<int64_t>(left.count() + 1, 100)));
    if (ready > 0) return;  // what is wrong, read() and write() say
    if (ready < 0 && errno != EINTR)
      fault(ErrorKind::System, cat("cannot wait for it: ", system_reason()));
  }
}

void EnvironmentPipe::send(const std::string& line) {
  size_t done = 0;
  while (done < line.size()) {
    wait_for(child_->input(), POLLOUT, "took no request");
    const ssize_t n = ::write(child_->input(), line.data() + done, line.size() - done);
    if (n > 0) done += static_cast<size_t>(n);
    else if (n < 0 && errno == EPIPE) ended("its standard input");
    else if (n < 0 && errno != EAGAIN && errno != EINTR)
      fault(ErrorKind::Io, cat("cannot write to it: ", system_reason()));
  }
}

std::string EnvironmentPipe::receive_line() {
  size_t looked = 0;
  for (;;) {
    const size_t at = buffer_.find('\n', looked);
    if (at != std::string::npos) {
      std::string line = buffer_.substr(0, at);
      buffer_.erase(0, at + 1);
      return line;
    }
    looked = buffer_.size();
    if (looked >= kMaxLineBytes)
      fault(ErrorKind::Data, cat("a line of more than ", kMaxLineBytes, " bytes"));
    wait_for(child_->output(), POLLIN, looked ? "no whole reply" : "no reply");
    char some[1 << 14];
    const ssize_t n = ::read(child_->output(), some, sizeof some);
    if (n > 0) buffer_.append(some, static_cast<size_t>(n));
    else if (n == 0) ended("its standard output");
    else if (errno != EAGAIN && errno != EINTR)
      fault(ErrorKind::Io, cat("cannot read from it: ", system_reason()));
  }
}

void EnvironmentPipe::receive_bytes(std::span<uint8_t> into) {
  size_t done = 0;
  while (done < into.size()) {
    wait_for(child_->pixels(), POLLIN,
             cat("only ", done, " of ", into.size(), " bytes on descriptor 3"));
    const ssize_t n = ::read(child_->pixels(), into.data() + done, into.size() - done);
    if (n > 0) done += static_cast<size_t>(n);
    else if (n == 0) {
      const std::optional<int> status = child_->wait(Milliseconds(500));
      fault(ErrorKind::Unavailable,
            cat("only ", done, " of ", into.size(), " bytes on descriptor 3: it ",
                status ? ending_of(*status) : "closed it"));
    } else if (errno != EAGAIN && errno != EINTR)
      fault(ErrorKind::Io, cat("cannot read from it: ", system_reason()));
  }
}

std::optional<int> EnvironmentPipe::wait_for_end(Milliseconds limit) {
  std::optional<int> status = child_->wait(limit);
  child_.reset();
  return status;
}

}  // namespace svg::world
