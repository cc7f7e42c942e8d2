#include "libcore/base/signals.h"

#include <signal.h>

#include <csignal>
#include <initializer_list>

namespace svg {
namespace {

volatile std::sig_atomic_t g_stop_signal = 0;

void on_signal(int number) {
  if (g_stop_signal != 0) {  // asked twice: leave as if there were no handler
    std::signal(number, SIG_DFL);
    std::raise(number);
    return;
  }
  g_stop_signal = number;
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&set, number);
  return set;
}

}  // namespace

void install_stop_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;  // without SA_RESTART: a read that waits for input must notice
  sigemptyset(&action.sa_mask);
  for (int number : {SIGINT, SIGTERM, SIGUSR1}) sigaction(number, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool stop_requested() {
  return g_stop_signal != 0;
}
int stop_signal() {
  return g_stop_signal;
}

void leave_stop_signals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void take_stop_signals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace svg
