#include "host/plugin/overrun_guard.hpp"

#include <utility>

namespace reprise::plugin {

OverrunGuard::OverrunGuard(std::chrono::milliseconds limit, std::function<void()> on_overrun)
    : thread_([this, limit, on_overrun = std::move(on_overrun)](std::stop_token stop) {
        watch(std::move(stop), limit, on_overrun);
      }) {}

OverrunGuard::~OverrunGuard() = default;  // jthread: asks to stop, joins

void OverrunGuard::watch(std::stop_token stop, std::chrono::milliseconds limit,
                         const std::function<void()>& on_overrun) {
  {
    const MutexLock lock(mutex_);
    left_.wait_for(mutex_, stop, limit, [&stop] { return stop.stop_requested(); });
  }
  if (!stop.stop_requested()) on_overrun();
}

}  // namespace reprise::plugin
