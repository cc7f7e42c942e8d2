#include "libcore/world/environment/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <thread>
#include <utility>

#include "libcore/base/descriptor.h"
#include "libcore/base/error.h"

namespace svg::world {
namespace {

// Away from 0..3, where the child's ends will stand.
constexpr int kLowest = 10;

void close_one(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

class Pipe {
 public:
  Pipe() {
    std::array<int, 2> ends{-1, -1};
    require_system(::pipe2(ends.data(), O_CLOEXEC) == 0, ErrorKind::System, "cannot make a pipe");
    read_ = ::fcntl(ends[0], F_DUPFD_CLOEXEC, kLowest);
    write_ = ::fcntl(ends[1], F_DUPFD_CLOEXEC, kLowest);
    ::close(ends[0]);
    ::close(ends[1]);
    if (read_ < 0 || write_ < 0) {
      close_one(read_);
      close_one(write_);
      fail(ErrorKind::System, "cannot make a pipe: too many open files");
    }
  }
  ~Pipe() {
    close_one(read_);
    close_one(write_);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int read_end() const { return read_; }
  int write_end() const { return write_; }
  int take_read() { return std::exchange(read_, -1); }
  int take_write() { return std::exchange(write_, -1); }

 private:
  int read_ = -1, write_ = -1;
};

struct Spawn {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  Spawn() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    // Signals as a program expects them: our handlers and what we ignore or block stay with us.
    sigset_t all, none;
    sigemptyset(&none);
    sigemptyset(&all);
    for (int signal : {SIGPIPE, SIGINT, SIGTERM, SIGUSR1, SIGHUP}) sigaddset(&all, signal);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  void put(int from, int to) { posix_spawn_file_actions_adddup2(&actions, from, to); }
  // Descriptors that others opened without close-on-exec stay with us too.
  pid_t run(const char* const* arguments, int first_closed) {
    posix_spawn_file_actions_addclosefrom_np(&actions, first_closed);
    pid_t pid = -1;
    const int failed = ::posix_spawn(&pid, "/bin/sh", &actions, &attributes,
                                     const_cast<char* const*>(arguments), environ);
    require(failed == 0, ErrorKind::System, "cannot start /bin/sh: ", system_reason(failed));
    return pid;
  }
};

void do_not_block(int descriptor) {
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

}  // namespace

ChildProcess::ChildProcess(const std::string& command) {
  Pipe in, out, pixels, lifeline;
  {
    Spawn spawn;
    spawn.put(in.read_end(), 0);
    spawn.put(out.write_end(), 1);
    spawn.put(pixels.write_end(), 3);
    const char* const arguments[] = {"sh", "-c", command.c_str(), nullptr};
    child_ = spawn.run(arguments, 4);
  }
  try {
    Spawn spawn;
    spawn.put(lifeline.read_end(), 0);
    const std::string group = cat(child_);
    const char* const arguments[] = {
        "sh",          "-c",   "read -r nothing; kill -s KILL -- -\"$1\"", "svg-environment-guard",
        group.c_str(), nullptr};
    guard_ = spawn.run(arguments, 3);
  } catch (...) {
    ::kill(-child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    throw;
  }
  input_ = in.take_write();
  output_ = out.take_read();
  pixels_ = pixels.take_read();
  lifeline_ = lifeline.take_write();
  for (int ours : {input_, output_, pixels_}) do_not_block(ours);
}

ChildProcess::~ChildProcess() {
  kill();
}

void ChildProcess::close_input() {
  close_one(input_);
}

// The child stays a zombie until the group has been killed, so that its number is nobody else's.
void ChildProcess::reap() {
  if (guard_ > 0) {
    ::kill(guard_, SIGKILL);
    while (::waitpid(guard_, nullptr, 0) < 0 && errno == EINTR) {
    }
    guard_ = -1;
  }
  if (child_ > 0) {
    ::kill(-child_, SIGKILL);
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    if (!status_) status_ = status;
    child_ = -1;
  }
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!status_) {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == child_)
      reap();
    else if (std::chrono::steady_clock::now() >= end) return std::nullopt;
    else std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return status_;
}

void ChildProcess::kill() {
  reap();
  close_one(input_);
  close_one(output_);
  close_one(pixels_);
  close_one(lifeline_);
}

std::string ending_of(int status) {
  if (WIFSIGNALED(status))
    return cat("died of signal ", WTERMSIG(status), " (", ::strsignal(WTERMSIG(status)), ")");
  return cat("exited with status ", WEXITSTATUS(status));
}

}  // namespace svg::world
