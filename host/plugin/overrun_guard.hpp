#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <stop_token>
#include <thread>

#include "host/base/mutex.hpp"

namespace reprise::plugin {

/// Watches over a call that may hang, such as a plugin's stop: if the scope is not left in time, on_overrun runs, once, on the
/// guard's own thread, beside the call. Such a call cannot be ended, so on_overrun writes what must not be lost and ends the
/// process, or says what is wrong. Joins its thread at the scope's end, and so waits for an on_overrun that is running.
///
///   const OverrunGuard guard(deadline + grace, [&] { name_plugin(); write_state(); ::_exit(1); });
///   instance.stop(...);
class OverrunGuard {
 public:
  OverrunGuard(std::chrono::milliseconds limit, std::function<void()> on_overrun);
  ~OverrunGuard();
  OverrunGuard(const OverrunGuard&) = delete;
  OverrunGuard& operator=(const OverrunGuard&) = delete;

 private:
  void watch(std::stop_token stop, std::chrono::milliseconds limit, const std::function<void()>& on_overrun);

  Mutex mutex_;
  ConditionVariable left_;
  std::jthread thread_;  // last: it uses the members above
};

}  // namespace reprise::plugin
