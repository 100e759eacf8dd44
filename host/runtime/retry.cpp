#include "host/runtime/retry.hpp"

#include <algorithm>
#include <cmath>

namespace reprise::runtime {

bool is_exhausted(const config::RetryPolicy& policy, std::uint32_t spent, std::chrono::nanoseconds elapsed) {
  return (policy.attempts > 0 && spent >= static_cast<std::uint32_t>(policy.attempts)) ||
         (policy.max_elapsed && elapsed >= *policy.max_elapsed);
}

std::chrono::nanoseconds retry_delay(const config::RetryPolicy& policy, std::uint32_t spent, double random) {
  using Nanoseconds = std::chrono::duration<double, std::nano>;
  const double steps = spent == 0 ? 0 : static_cast<double>(spent - 1);
  const double wait = std::min(Nanoseconds(policy.max).count(),
                               Nanoseconds(policy.initial).count() * std::pow(policy.multiplier, steps));
  return std::chrono::nanoseconds(static_cast<std::int64_t>(policy.full_jitter ? wait * random : wait));
}

std::chrono::nanoseconds restart_delay(const config::RestartPolicy& policy, std::uint32_t failures) {
  double wait = static_cast<double>(policy.initial.count());
  for (std::uint32_t i = 1; i < failures && wait < static_cast<double>(policy.max.count()); ++i)
    wait *= policy.multiplier;
  return std::chrono::milliseconds(std::min<std::int64_t>(static_cast<std::int64_t>(wait), policy.max.count()));
}

std::string restart_text(const config::RestartPolicy& policy, std::uint32_t failures, std::string_view reason) {
  std::string text = failures == 0 ? "started again" : "attempt " + std::to_string(failures);
  if (failures != 0 && policy.attempts != 0) text += " of " + std::to_string(policy.attempts);
  return text + ": " + std::string(reason);
}

}  // namespace reprise::runtime
