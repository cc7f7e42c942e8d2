#include "libcore/base/signals.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "libcore/base/descriptor.h"
#include "test/support/catch.h"
#include "test/support/errors.h"

using namespace svg;

namespace {

// Runs `action` in a child process (signals are per process) and returns its wait status.
template <class Action>
int status_of_child(Action action) {
  pid_t child = ::fork();
  if (child == 0) ::_exit(action());
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

CATCH_TEST_CASE("The first signal asks for a stop, the second ends the process", "[base]") {
  int status = status_of_child([] {
    install_stop_handlers();
    if (stop_requested()) return 1;
    ::raise(SIGTERM);
    return stop_requested() && stop_signal() == SIGTERM ? 0 : 2;
  });
  CATCH_REQUIRE(WIFEXITED(status));
  CATCH_CHECK(WEXITSTATUS(status) == 0);
  status = status_of_child([] {
    install_stop_handlers();
    ::raise(SIGINT);
    ::raise(SIGTERM);
    return 0;
  });
  CATCH_REQUIRE(WIFSIGNALED(status));
  CATCH_CHECK(WTERMSIG(status) == SIGTERM);
}

CATCH_TEST_CASE("Writing to a pipe that nobody reads is BrokenPipe, not a signal", "[base]") {
  int status = status_of_child([] {
    install_stop_handlers();
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    ::close(ends[0]);
    std::byte byte{1};
    try {
      write_all(ends[1], {&byte, 1}, "pipe");
    } catch (const BrokenPipe&) {
      return 0;
    }
    return 2;
  });
  CATCH_REQUIRE(WIFEXITED(status));
  CATCH_CHECK(WEXITSTATUS(status) == 0);
}

CATCH_TEST_CASE("A wait for input ends when a stop is asked for", "[base]") {
  int status = status_of_child([] {
    install_stop_handlers();
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    pid_t parent = ::getpid();
    pid_t sender = ::fork();
    if (sender == 0) {
      ::usleep(50'000);
      ::kill(parent, SIGTERM);
      ::_exit(0);
    }
    std::byte byte{};
    auto failure = test::failure_of([&] { read_some(ends[0], {&byte, 1}, "pipe"); });
    return failure.kind == ErrorKind::Stopped ? 0 : 2;
  });
  CATCH_REQUIRE(WIFEXITED(status));
  CATCH_CHECK(WEXITSTATUS(status) == 0);
}
