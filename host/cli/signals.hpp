#pragma once
#include <chrono>
#include <csignal>
#include <optional>

namespace reprise::cli {

/// The signals of a worker, taken one by one by the main thread: SIGTERM and SIGINT (drain; a second one leaves at once),
/// SIGHUP (reload). Make it before any thread is started: threads inherit that these signals are not theirs.
class Signals {
 public:
  Signals();
  /// The next one, or empty when the time is over.
  std::optional<int> wait(std::chrono::milliseconds timeout) const;

 private:
  sigset_t set_;
};

/// Until it is destroyed, a further SIGTERM or SIGINT ends the process at once with status 1: the way out of a drain that
/// takes too long.
class LeaveAtOnce {
 public:
  LeaveAtOnce();
  ~LeaveAtOnce();
  LeaveAtOnce(const LeaveAtOnce&) = delete;
  LeaveAtOnce& operator=(const LeaveAtOnce&) = delete;
};

}  // namespace reprise::cli
