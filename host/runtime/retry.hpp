#pragma once
#include <chrono>
#include <cstdint>

#include "host/config/config.hpp"

namespace reprise::runtime {

/// May no further attempt be made after `spent` ones, `elapsed` after the first of them began?
bool is_exhausted(const config::RetryPolicy& policy, std::uint32_t spent, std::chrono::nanoseconds elapsed);

/// How long to wait before the attempt after `spent` ones (1 or more); random is uniform in [0, 1). Full jitter (a random
/// time between 0 and the delay) keeps many failures from coming back at once.
std::chrono::nanoseconds retry_delay(const config::RetryPolicy& policy, std::uint32_t spent, double random);

/// How long to wait before a task is started again after so many failures in a row.
std::chrono::nanoseconds restart_delay(const config::RestartPolicy& policy, std::uint32_t failures);

}  // namespace reprise::runtime
