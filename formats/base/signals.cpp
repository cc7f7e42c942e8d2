#include "formats/base/signals.h"

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

}  // namespace svg
