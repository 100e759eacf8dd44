#pragma once
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <utility>

#include "host/base/clock.hpp"
#include "host/base/result.hpp"
#include "host/runtime/retry.hpp"

namespace reprise::runtime {

/// A sink whose deliver answers Retriable took nothing and is away: when it is asked again. That is after the pause it asks
/// for, else by errors.retry, and without an end: no record was tried, so there is no attempt that could be used up.
/// Owned by who offers to the sink, on the shard's thread.
class SinkAbsence {
 public:
  SinkAbsence(const config::RetryPolicy& policy, std::uint32_t seed) : policy_(policy), random_(seed) {}

  void refused(const Error& why, BootTime now) {
    ++refusals_;
    reason_ = why.message;
    const double random = static_cast<double>(random_() - random_.min()) / static_cast<double>(random_.max());
    until_ = now + (why.retry_after_ms > 0 ? std::chrono::milliseconds(why.retry_after_ms)
                                           : retry_delay(policy_, refusals_, random));
  }
  /// It takes records again. True: it was away.
  bool end() {
    until_ = {};
    return std::exchange(refusals_, 0) != 0;
  }
  /// It said itself that it can take again: it is asked at once.
  void ask_now() { until_ = {}; }

  bool is_away() const { return refusals_ != 0; }
  /// Not to be asked before; in the past when it is not away.
  BootTime until() const { return until_; }
  const std::string& reason() const { return reason_; }

 private:
  const config::RetryPolicy policy_;
  std::minstd_rand random_;
  std::uint32_t refusals_ = 0;  // in a row
  BootTime until_{};
  std::string reason_;
};

}  // namespace reprise::runtime
