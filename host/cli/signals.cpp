#include "host/cli/signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include "host/cli/exit_codes.hpp"

namespace reprise::cli {
namespace {

void leave(int) {
  constexpr char kText[] = "second signal: leaving at once; what was not settled will be delivered again\n";
  [[maybe_unused]] const auto size = write(STDERR_FILENO, kText, sizeof kText - 1);
  _exit(kRuntime);
}

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

Signals::Signals() {
  set_ = ending_signals();
  sigaddset(&set_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

std::optional<int> Signals::wait(std::chrono::milliseconds timeout) const {
  const timespec time{timeout.count() / 1000, (timeout.count() % 1000) * 1'000'000};
  const int signal = sigtimedwait(&set_, nullptr, &time);
  return signal > 0 ? std::optional<int>(signal) : std::nullopt;
}

LeaveAtOnce::LeaveAtOnce() {
  struct sigaction action {};
  action.sa_handler = leave;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

LeaveAtOnce::~LeaveAtOnce() {
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace reprise::cli
