#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "host/config/config.hpp"

namespace reprise::runtime {

/// May no further attempt be made after `spent` ones, `elapsed` after the first of them began?
bool is_exhausted(const config::RetryPolicy& policy, std::uint32_t spent, std::chrono::nanoseconds elapsed);

/// How long to wait before the attempt after `spent` ones (1 or more); random is uniform in [0, 1). Full jitter (a random
/// time between 0 and the delay) keeps many failures from coming back at once.
std::chrono::nanoseconds retry_delay(const config::RetryPolicy& policy, std::uint32_t spent, double random);

/// How long to wait before a task is started again after so many failures in a row.
std::chrono::nanoseconds restart_delay(const config::RestartPolicy& policy, std::uint32_t failures);

/// What health says of a task that was started again: "attempt 2 of 10: reason". failures: in a row, 0 if it was started again
/// because of what passes by itself.
std::string restart_text(const config::RestartPolicy& policy, std::uint32_t failures, std::string_view reason);

}  // namespace reprise::runtime
